"""How messages reach the owner of an account: ways and their order, quiet hours, what is sent."""

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.accounts import step_up, texting
from app.catalogue import queries as catalogue
from app.core import i18n
from app.core.db import transaction
from app.core.errors import Invalid
from app.notifications import events, wording, writing
from app.notifications.preferences import forms, services
from app.notifications.preferences.forms import WishesForm
from app.notifications.preferences.rules import Wishes
from app.notifications.push import queries as devices
from app.notifications.push import views as push
from app.notifications.push.views import SubscriptionForm
from app.notifications.rules import LADDER, Channel, Topic
from app.notifications.telegram import views as telegram
from app.web.access import acting, signed_in

PATH = "/account/messages"
bp = Blueprint("preferences", __name__)

TOPICS = [topic for topic in Topic if any(one.topic is topic for one in events.EVENTS.values())]
"""What anything is sent of."""


@bp.route("", methods=["GET", "POST"])
@signed_in
def show() -> ResponseReturnValue:
    """Show how messages come, and let it be chosen."""
    account_id = acting().id or 0
    plan = writing.plans_for(frozenset({account_id}))[account_id]
    channels = [channel for channel in LADDER if channel in plan.ways]
    zone = catalogue.current_zone()
    form = forms.form_for(
        plan.wishes, channels=channels, topics=TOPICS, zones=i18n.zones_near(zone), zone=zone
    )
    if form.validate_on_submit() and (wishes := form.wishes(TOPICS)):
        may_hide = wishes.is_discreet is plan.wishes.is_discreet or step_up.is_fresh(acting())
        kept = wishes if may_hide else replace(wishes, is_discreet=plan.wishes.is_discreet)
        if _save(form, kept, account_id):
            return _done() if may_hide else _ask_who_it_is()
    page = render_template(
        "notifications/preferences.html",
        form=form,
        only=wording.CHANNELS[channels[0]] if len(channels) == 1 else "",
        bounced=[wording.CHANNELS[one] for one in channels if plan.ways[one]],
        phone_url=_phone_url(channels),
        push_key=push.public_key(),
        push_form=SubscriptionForm(formdata=None) if push.public_key() else None,
        devices=devices.list_devices(account_id),
        has_bot=telegram.is_offered(),
        chat=accounts.chat_of(account_id),
    )
    return page, 422 if form.errors else 200


def _done() -> ResponseReturnValue:
    flash(_("Saved. It holds for all messages from now on."), "success")
    return redirect(url_for(".show"))


def _ask_who_it_is() -> ResponseReturnValue:
    """Have somebody show who they are, before messages say less: what is hidden warns nobody."""
    flash(
        _(
            "The rest is saved. Before we change what messages name, please confirm that it is "
            "you, and then choose it once more."
        )
    )
    return redirect(url_for("accounts.sign_in", again=1, next=url_for(".show")))


def _save(form: WishesForm, wishes: Wishes, account_id: int) -> bool:
    try:
        with transaction():
            services.save(accounts.get_account(account_id), wishes)
    except Invalid as refusal:
        field = form.ways[0] if refusal.field == "order" else form[refusal.field]
        field.errors = [refusal.sentence()]
        return False
    return True


def _phone_url(channels: list[Channel]) -> str:
    is_offered = texting.is_offered() and Channel.SMS not in channels
    return url_for("phone.ask") if is_offered else ""
