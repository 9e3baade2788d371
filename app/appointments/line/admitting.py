"""The token of whoever may choose among the seats of an opening: signed, so that nothing is read.

It is for one account and one filing until its turn is over, and it is in the page of times. A
hold asks no database whether its sender may: in the rush it costs what any hold costs.
"""

from datetime import UTC, datetime

from app.appointments.line.refusals import NotAdmitted, TurnOver
from app.appointments.models import Slot
from app.cases.models import Case
from app.core import signing
from app.core.actor import Actor

PURPOSE = "queue"


def token(opening_id: int, case: Case, until: datetime, *, actor: Actor) -> str:
    """Return the token of an account for a case and those that were filed with it."""
    key, ends = signing.current_key(), int(until.timestamp())
    signature = signing.sign(PURPOSE, _text(opening_id, case, ends, actor), key_id=key)
    return f"{ends}.{key}.{signature}"


def refuse_without(slot: Slot, case: Case, given: str, now: datetime, *, actor: Actor) -> None:
    """Refuse a gated slot to whoever has no token for it.

    Raises NotAdmitted, or TurnOver for a token that was genuine.
    """
    if not slot.is_gated or slot.opening_id is None:
        return
    ends, _dot, rest = given.partition(".")
    key, _dot, signature = rest.partition(".")
    if not (ends.isascii() and ends.isdigit() and len(ends) <= 12):
        raise NotAdmitted()
    text = _text(slot.opening_id, case, int(ends), actor)
    if not signing.is_genuine(PURPOSE, text, key_id=key, signature=signature):
        raise NotAdmitted()
    if datetime.fromtimestamp(int(ends), UTC) <= now:
        raise TurnOver()


def _text(opening_id: int, case: Case, ends: int, actor: Actor) -> str:
    whom = f"filing {case.filing_id}" if case.filing_id is not None else f"case {case.id}"
    return f"{opening_id}\n{actor.kind.value} {actor.id}\n{whom}\n{ends}"
