"""A citizen lines up for an opening, sees the own number, and leaves."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.appointments import clashes
from app.appointments.draw import presenting as draw_words
from app.appointments.line import joining, presenting, queries
from app.appointments.line.models import Opening
from app.appointments.missed import queries as missed_visits
from app.appointments.refusals import Clash
from app.cases import queries as cases
from app.cases.models import Case
from app.core import clock
from app.core.db import transaction
from app.core.errors import DomainError, NotFound
from app.web.access import acting, signed_in
from app.web.forms import Form

PATH = "/requests/<reference>/queue/<uid>"
bp = Blueprint("line", __name__)


@bp.get("")
@signed_in
def show(reference: str, uid: str) -> ResponseReturnValue:
    """Show where somebody stands in the queue of an opening; the page keeps itself current."""
    case, opening = _found(reference, uid)
    place = queries.find_place(opening.id, case.id)
    if place is None and not joining.concerns(opening, case):
        raise NotFound()
    if place is None and missed_visits.block_of(case) is not None:
        return redirect(url_for("missed.show", reference=case.reference))
    now = clock.now()
    return render_template(
        "appointments/line/show.html",
        case=case,
        opening=opening,
        place=place,
        outlook=presenting.outlook(opening, place, now),
        service=cases.definition(case),
        now=clock.local(now, opening.pool.site.zone),
        present=presenting,
        figure=draw_words.figure,
    )


@bp.post("/join")
@signed_in
def join(reference: str, uid: str) -> ResponseReturnValue:
    """Line up; sent again it is the same place."""
    return _act(reference, uid, joining.join)


@bp.post("/leave")
@signed_in
def leave(reference: str, uid: str) -> ResponseReturnValue:
    """Leave the queue."""
    return _act(reference, uid, joining.leave, said=_("You have left the queue."))


def _act(
    reference: str, uid: str, act: Callable[..., object], *, said: str = ""
) -> ResponseReturnValue:
    case, opening = _found(reference, uid)
    if Form().validate():
        try:
            with transaction():
                act(case, opening, actor=acting())
        except Clash:
            with transaction():
                clashes.report_clash(case, actor=acting())
            raise
        except NotFound:
            raise
        except DomainError as refusal:
            flash(refusal.sentence(), "error")
        else:
            if said:
                flash(said, "success")
    return redirect(url_for(".show", reference=reference, uid=uid))


def _found(reference: str, uid: str) -> tuple[Case, Opening]:
    case = cases.get_case(reference, acting())
    return case, queries.get(case.post_id, uid)
