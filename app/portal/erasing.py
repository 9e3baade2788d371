"""A citizen asks for erasure of a request or of the account, and takes that back."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import securing
from app.cases import queries as cases
from app.cases.models import Case
from app.cases.rules import OPEN, State
from app.core import i18n
from app.core.actor import Actor
from app.core.errors import Conflict, InvalidTransition
from app.reporting.wishes import queries, rules, services, wording
from app.reporting.wishes.models import ErasureWish
from app.web import idempotency
from app.web.access import acting, signed_in
from app.web.forms import KeyedForm

PATH = "/account/erasure"
bp = Blueprint("erasing", __name__)

MOST_RUNNING = 20


@bp.get("")
@signed_in
def show() -> ResponseReturnValue:
    """Say what goes with the account and what stays, and how far each application is."""
    account_id = acting().id or 0
    sent = queries.list_sent(account_id, limit=MOST_RUNNING)
    return render_template(
        "portal/erasing.html",
        form=KeyedForm(formdata=None),
        running=[(case, _title(case)) for case in sent if case.state in OPEN],
        wishes=queries.list_of_account(account_id),
        is_asked=queries.find_open(account_id=account_id, case_id=None) is not None,
        words=wording,
        title=_title,
        may_withdraw=may_withdraw,
        is_refused=lambda wish: wish.state is rules.WishState.REFUSED,
        days=rules.WORKING_DAYS,
    )


def may_withdraw(wish: ErasureWish) -> bool:
    """Return whether the citizen can still take a wish back."""
    return wish.state in rules.UNDECIDED


def _title(case: Case) -> str:
    return i18n.text_in(cases.definition(case).title)


@bp.post("")
@signed_in
@securing.confirmed
def ask_for_account() -> ResponseReturnValue:
    """Note that the account is to go, from somebody who showed a moment ago who they are."""
    actor, form = acting(), KeyedForm()

    def effect() -> str:
        return _asked(services.ask_for_account(actor=actor))

    return redirect(idempotency.once(form.content_key(), effect))


@bp.get("/requests/<reference>")
@signed_in
def show_case(reference: str) -> ResponseReturnValue:
    """Say what goes with a request and what stays."""
    actor = acting()
    case = _sent_case(reference, actor)
    return render_template(
        "portal/erasing_request.html",
        case=case,
        title=_title(case),
        form=KeyedForm(formdata=None),
        is_running=case.state in OPEN,
        is_asked=queries.find_open(account_id=actor.id or 0, case_id=case.id) is not None,
        days=rules.WORKING_DAYS,
    )


def _sent_case(reference: str, actor: Actor) -> Case:
    case = cases.get_case(reference, actor)
    if case.state is State.DRAFT:
        raise InvalidTransition()
    return case


@bp.post("/requests/<reference>")
@signed_in
@securing.confirmed
def ask_for_case(reference: str) -> ResponseReturnValue:
    """Note that a request is to go, from somebody who showed a moment ago who they are."""
    actor, form = acting(), KeyedForm()
    _sent_case(reference, actor)

    def effect() -> str:
        return _asked(services.ask_for_case(reference, actor=actor))

    return redirect(idempotency.once(form.content_key(), effect))


def _asked(wish: ErasureWish) -> str:
    until = i18n.short_day(wish.due_on)
    flash(_("Your application was received. You are answered by %(day)s.", day=until), "success")
    return url_for(".show")


@bp.post("/<uid>/withdraw")
@signed_in
def withdraw(uid: str) -> ResponseReturnValue:
    """Take an application back that is not decided yet."""
    actor, form = acting(), KeyedForm()
    queries.get_of_account(uid, actor.id or 0)

    def effect() -> str:
        services.withdraw(uid, actor=actor)
        flash(_("Your application was withdrawn. Nothing is erased."), "success")
        return url_for(".show")

    try:
        return redirect(idempotency.once(form.content_key(), effect))
    except Conflict as refusal:
        flash(refusal.sentence(), "error")
        return redirect(url_for(".show"))
