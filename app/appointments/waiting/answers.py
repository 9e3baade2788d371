"""The page to which the question whether somebody still waits leads: its buttons answer.

Opening it changes nothing: programs that read mail open every link.
"""

from collections.abc import Callable
from hmac import compare_digest

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.appointments.day import asking
from app.appointments.waiting import messages, presenting, queries, rules, services
from app.appointments.waiting.models import WaitingEntry
from app.appointments.waiting.rules import ON_LIST, EntryState
from app.core import clock
from app.core.errors import NotFound
from app.web.access import public
from app.web.forms import KeyedForm

PATH = "/waiting/<uid>/<proof>"
bp = Blueprint("waiting_answer", __name__)


@bp.get("")
@public
def show(uid: str, proof: str) -> ResponseReturnValue:
    """Ask whether a request still waits; whose it is stands nowhere."""
    entry = _entry(uid, proof)
    can_come_back = rules.may_come_back(entry.ended_at, clock.now())
    return render_template(
        "appointments/waiting/answer.html",
        entry=entry,
        state=presenting.state_of(entry),
        answer_by=presenting.answer_by(entry),
        is_on_list=entry.state in ON_LIST,
        can_come_back=entry.state is EntryState.SILENT and can_come_back,
        proof=proof,
        form=KeyedForm(formdata=None),
    )


def _entry(uid: str, proof: str) -> WaitingEntry:
    entry = queries.get(uid[:32])
    if not compare_digest(messages.proof_of(entry).encode(), proof.encode()):
        raise NotFound()
    return entry


@bp.post("/stay")
@public
def stay(uid: str, proof: str) -> ResponseReturnValue:
    """Note that the request still waits."""
    return _answer(uid, proof, services.stay, _("Thank you. The place stays."))


@bp.post("/leave")
@public
def leave(uid: str, proof: str) -> ResponseReturnValue:
    """Take the request off the list."""
    return _answer(
        uid, proof, services.leave, _("The request is not on the waiting list any more.")
    )


@bp.post("/back")
@public
def come_back(uid: str, proof: str) -> ResponseReturnValue:
    """Give the request its earlier place back."""
    said = _("The request is on the list again, at its earlier place.")
    return _answer(uid, proof, services.come_back, said)


def _answer(uid: str, proof: str, act: Callable[[str], object], said: str) -> ResponseReturnValue:
    entry_uid = _entry(uid, proof).uid

    def carry() -> str:
        act(entry_uid)
        return said

    return asking.carry_out(KeyedForm(), carry, url_for(".show", uid=uid, proof=proof))
