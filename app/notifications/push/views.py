"""The browsers in which the owner of an account is told: adding this one, removing any."""

import base64
from functools import lru_cache

from flask import Blueprint, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField
from wtforms.validators import InputRequired, Length

from app.accounts import queries as accounts
from app.accounts import sessions
from app.core.db import transaction
from app.core.errors import Invalid
from app.notifications import services as notifications
from app.notifications.events import WAY_ADDED
from app.notifications.push import rules, sealing, services
from app.notifications.push.rules import Subscription
from app.web.access import acting, signed_in
from app.web.forms import REQUIRED, Form

PATH = "/account/browsers"
bp = Blueprint("push", __name__)


class SubscriptionForm(Form):
    """What the script of the page fills in: what the browser says of its push service."""

    endpoint = HiddenField(
        _l("This browser"), [InputRequired(REQUIRED), Length(max=rules.LONGEST_ENDPOINT)]
    )
    p256dh = HiddenField(validators=[InputRequired(REQUIRED), Length(max=100)])
    auth = HiddenField(validators=[InputRequired(REQUIRED), Length(max=40)])


def public_key() -> str:
    """Return by what a browser knows that it is told by us, empty where nobody is told so."""
    return _public_key(current_app.config["SETTINGS"].vapid_key)


@lru_cache(maxsize=4)
def _public_key(secret: str) -> str:
    if not secret:
        return ""
    return rules.text_of(sealing.point_of(sealing.key_of(base64.b64decode(secret))))


@bp.post("")
@signed_in
def add() -> ResponseReturnValue:
    """Have messages shown in this browser."""
    if not public_key():
        abort(404)
    form = SubscriptionForm()
    try:
        if not form.validate_on_submit():
            raise Invalid(_l("This browser did not say how it can be reached."))
        to = Subscription(endpoint=form.endpoint.data, p256dh=form.p256dh.data, auth=form.auth.data)
        with transaction():
            account = accounts.get_account(acting().id or 0)
            row = services.add(account, to, device=sessions.device_of(request), actor=acting())
            _warn(account.id, row.uid)
    except Invalid as refusal:
        flash(refusal.sentence(), "error")
    else:
        flash(_("Messages are shown in this browser first. You can change the order."), "success")
    return redirect(url_for("preferences.show"))


def _warn(account_id: int, uid: str) -> None:
    """Tell the owner, whoever sits at the screen: all messages come there first from now on."""
    notifications.tell(WAY_ADDED, account_id=account_id, dedupe=f"{WAY_ADDED}/{uid}", payload={})


@bp.post("/<uid>/remove")
@signed_in
def remove(uid: str) -> ResponseReturnValue:
    """Show nothing in a browser any more."""
    with transaction():
        services.remove(accounts.get_account(acting().id or 0), uid, actor=acting())
    flash(_("Messages are not shown in that browser any more."), "success")
    return redirect(url_for("preferences.show"))
