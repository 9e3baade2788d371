"""A citizen wishes for days in a draw, sees the ticket and the result, and answers an offer."""

from collections.abc import Callable
from datetime import date

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.appointments import clashes
from app.appointments import presenting as seats
from app.appointments import queries as bookings
from app.appointments.draw import offers, presenting, queries, wishing
from app.appointments.draw import services as draws
from app.appointments.draw.forms import AnswerForm, WishForm
from app.appointments.draw.models import Entry, Release
from app.appointments.draw.refusals import NoSuchDays
from app.appointments.draw.rules import ReleaseState
from app.appointments.missed import queries as missed_visits
from app.appointments.refusals import Clash
from app.cases import queries as cases
from app.cases.family.services import name_of
from app.cases.models import Case
from app.core import clock, i18n
from app.core.db import transaction
from app.core.errors import DomainError, NotFound
from app.web import idempotency
from app.web.access import acting, signed_in

PATH = "/requests/<reference>/draw/<uid>"
bp = Blueprint("draw", __name__)


@bp.route("", methods=["GET", "POST"])
@signed_in
def show(reference: str, uid: str) -> ResponseReturnValue:
    """Show a draw to somebody with a request; register the days that suit, or change them."""
    case = cases.get_case(reference, acting())
    release = queries.get(case.post_id, uid)
    entry = queries.find_entry(release.id, case.id)
    if entry is None and not draws.concerns(release, case):
        raise NotFound()
    if entry is None and missed_visits.block_of(case) is not None:
        return redirect(url_for("missed.show", reference=case.reference))
    form = _form(case, release, entry)
    if not form.validate_on_submit():
        return _page(case, release, entry, form), 422 if form.errors else 200
    target = url_for(".show", reference=case.reference, uid=uid)

    def effect() -> str:
        wishing.wish(case, release, form.wanted(), coming=form.coming.data or (), actor=acting())
        return target

    try:
        leads_to = idempotency.once(form.content_key(), effect)
    except NoSuchDays as refusal:
        form.days.errors = [refusal.sentence()]
        entry = queries.find_entry(release.id, case.id)
        return _page(case, queries.get(case.post_id, uid), entry, form), refusal.status
    except Clash:
        with transaction():
            clashes.report_clash(case, actor=acting())
        raise
    flash(_("Your wish is registered. You can change it until the closing."), "success")
    return redirect(leads_to)


def _form(case: Case, release: Release, entry: Entry | None) -> WishForm:
    coming = [person.case.reference for person in entry.persons if person.active] if entry else []
    others = wishing.companions(case, release, acting())
    known = {
        "days": entry.days if entry else [],
        "coming": coming if entry else [one.reference for one in others],
    }
    form = WishForm(data=known)
    form.offer(queries.offered_days(release), [(one.reference, name_of(one)) for one in others])
    return form


def _page(case: Case, release: Release, entry: Entry | None, form: WishForm) -> str:
    offered = queries.offer_of(release.id, case.id)
    return render_template(
        "appointments/draw/wish.html",
        case=case,
        release=release,
        entry=entry,
        form=form,
        answer=AnswerForm(formdata=None, ticket=entry.ticket if entry else ""),
        service=cases.definition(case),
        is_open=release.state is ReleaseState.OPEN and clock.now() < release.closes_at,
        can_enter=bookings.is_at_appointment(case),
        offered=offered,
        is_kept=queries.find_kept(offered, clock.now()) is not None,
        is_taken=offered is not None and offered.state in offers.ANSWERED,
        people=[name_of(person.case) for person in entry.persons if person.active] if entry else [],
        days=[i18n.day(date.fromisoformat(day)) for day in entry.days] if entry else [],
        present=presenting,
        seats=seats,
    )


@bp.post("/withdraw")
@signed_in
def withdraw(reference: str, uid: str) -> ResponseReturnValue:
    """Take the wish back."""
    return _answer(
        reference,
        uid,
        wishing.withdraw,
        _("Your wish has been withdrawn. You can register another one until the closing."),
    )


@bp.post("/accept")
@signed_in
def accept(reference: str, uid: str) -> ResponseReturnValue:
    """Make the time that was drawn the appointment."""
    return _answer(reference, uid, offers.accept, _("Your appointment is confirmed."))


@bp.post("/decline")
@signed_in
def decline(reference: str, uid: str) -> ResponseReturnValue:
    """Leave the time that was drawn to others."""
    return _answer(
        reference, uid, offers.decline, _("The time goes to the next of the draw. Thank you.")
    )


def _answer(
    reference: str, uid: str, act: Callable[..., None], sentence: str
) -> ResponseReturnValue:
    case = cases.get_case(reference, acting())
    release = queries.get(case.post_id, uid)
    form = AnswerForm()
    target = url_for(".show", reference=case.reference, uid=uid)

    def effect() -> str:
        act(case, release, form.ticket.data or "", actor=acting())
        return target

    try:
        idempotency.once(form.content_key(), effect)
    except DomainError as refusal:
        flash(refusal.sentence(), "error")
        return redirect(target)
    flash(sentence, "success")
    return redirect(target)
