"""How a missed visit stands, in the words of the reader."""

from flask_babel import lazy_gettext as _l

from app.appointments.missed.rules import MissedState

STATES = {
    MissedState.NOTED: ("stopped", _l("Noted")),
    MissedState.OBJECTED: ("work", _l("Objection waits for a decision")),
    MissedState.LIFTED: ("done", _l("Lifted: it does not count")),
    MissedState.UPHELD: ("stopped", _l("Decided: it counts")),
}
