"""The page that a reminder leads to: its buttons say that somebody will come, or give the time up.

Opening it changes nothing: programs that read mail open every link.
"""

from hmac import compare_digest

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.appointments import messages, presenting, queries, together
from app.appointments.day import asking
from app.appointments.day import services as day
from app.appointments.forms import CancelForm
from app.appointments.models import Booking
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.errors import NotFound
from app.web.access import public
from app.web.forms import KeyedForm

PATH = "/visit/<uid>/<proof>"
bp = Blueprint("visit_answer", __name__)


@bp.get("")
@public
def show(uid: str, proof: str) -> ResponseReturnValue:
    """Show when and where a visit is, and ask whether it stands; whose it is stands nowhere."""
    booking = _booking(uid, proof)
    return render_template(
        "day/answer.html",
        booking=booking,
        when=presenting.when_with_distance(booking.starts_at, booking.pool.site.zone),
        can_change=booking.can_be_changed(clock.now()),
        state=presenting.state_of(booking),
        proof=proof,
        can_book=_can_book(booking),
        form=KeyedForm(formdata=None),
    )


def _can_book(booking: Booking) -> bool:
    """Return whether the request of a visit that ended can have another time."""
    return queries.is_at_appointment(booking.case) and queries.booking_of(booking.case_id) is None


def _booking(uid: str, proof: str) -> Booking:
    booking = queries.get_booking(uid[:32])
    if not compare_digest(messages.proof_of(booking).encode(), proof.encode()):
        raise NotFound()
    return booking


def _owner(booking: Booking) -> Actor:
    return Actor(kind=ActorKind.CITIZEN, id=booking.case.account_id)


@bp.post("/coming")
@public
def coming(uid: str, proof: str) -> ResponseReturnValue:
    """Note that somebody will come, with all who come together."""
    booking = _booking(uid, proof)

    def act() -> str:
        for one in together.at_one_time(booking, _owner(booking)):
            day.note_coming(one.uid)
        return _("Thank you. You are expected.")

    return asking.carry_out(KeyedForm(), act, url_for(".show", uid=uid, proof=proof))


@bp.route("/cancel", methods=["GET", "POST"])
@public
def cancel(uid: str, proof: str) -> ResponseReturnValue:
    """Ask before the time is given up, for all who come together; then give it up."""
    booking, form = _booking(uid, proof), CancelForm()
    owner, target = _owner(booking), url_for(".show", uid=uid, proof=proof)
    if request.method == "GET":
        return _question(booking, form, target)

    def act() -> str:
        together.cancel(uid, actor=owner, reason=form.chosen())
        return _("The appointment has been cancelled. Its time goes to others.")

    return asking.carry_out(form, act, target)


def _question(booking: Booking, form: CancelForm, back: str) -> ResponseReturnValue:
    if not booking.can_be_changed(clock.now()):
        return redirect(back)
    return render_template(
        "day/give_up.html",
        booking=booking,
        when=presenting.when_with_distance(booking.starts_at, booking.pool.site.zone),
        party=len(together.at_one_time(booking, _owner(booking))),
        form=form,
        back=back,
    )
