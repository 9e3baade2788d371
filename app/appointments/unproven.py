"""What somebody reads whose browser solved no task before a time was to be kept: a short wait.

Nobody is shut out who has no scripts; whoever writes a program waits as long as they do.
"""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.appointments import presenting, queries
from app.appointments.forms import ChooseForm
from app.cases.models import Case
from app.core import clock
from app.core.db import transaction
from app.web.proof import asking

HOLD = "hold"
"""The purpose of a task that is solved before a time is kept."""


def page(case: Case, form: ChooseForm, *, title: object, again: str) -> ResponseReturnValue:
    """Have somebody wait, and return the page that says how long; what they chose stands in it."""
    with transaction():
        seconds = asking.wait(HOLD)
    visit = queries.visit_of(case)
    pool = next((one for one in visit.pools if one.site.code == form.site.data), None)
    moment = presenting.find_moment(form.at.data or "")
    text = render_template(
        "appointments/unproven.html",
        case=case,
        form=form,
        title=title,
        seconds=seconds,
        chosen=presenting.when(moment, pool.site.zone) if moment and pool else "",
        back_to=url_for(again, reference=case.reference, site=pool.site.code if pool else None),
    )
    return text, asking.NoAnswer.status


def is_kept(case: Case, form: ChooseForm) -> bool:
    """Return whether the time of a form that came twice is kept already."""
    moment, booking = presenting.find_moment(form.at.data or ""), queries.booking_of(case.id)
    if moment is None or booking is None:
        return False
    own, other = booking.starts_at, booking.offer_starts_at
    until = {own: booking.expires_at, other: booking.offer_expires_at}.get(moment)
    return until is not None and until > clock.now()
