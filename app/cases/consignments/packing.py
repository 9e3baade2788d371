"""What is done to one case of a consignment: put in, sent, brought back.

The case is locked before the consignment, here and wherever both are.
"""

from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.audit import services as audit
from app.cases import changing, competence, reasons, rules, services
from app.cases.consignments import queries
from app.cases.consignments.models import Consignment, ConsignmentItem
from app.cases.consignments.rules import MOST, ConsignmentState, Result
from app.cases.models import Case
from app.cases.rules import Action
from app.core import clock
from app.core.actor import Actor, Role
from app.core.crypto import new_data_key
from app.core.db import add_once, db
from app.core.errors import Conflict, InvalidTransition, NotAllowed

PACKERS = (Role.OFFICER, Role.HEAD)
MOST_TRIES = 3


class AlreadyPacked(InvalidTransition):
    """A case is in one consignment at a time."""

    message = _l("The papers of this request lie in a consignment already.")


class Unchecked(InvalidTransition):
    """What the citizen completed was not looked at yet."""

    message = _l("Check what came in before the papers travel again.")


class Full(InvalidTransition):
    """No more requests fit on one manifest."""

    message = _l("The consignment is full. Seal it, and put this request into the next one.")


def may_put_in(case: Case, actor: Actor) -> bool:
    """Return whether the papers of a case have to travel; where they lie is not asked."""
    return Action.CONSIGNED in competence.offers(changing.standing(case), actor)


def put_in(case: Case, *, actor: Actor) -> ConsignmentItem:
    """Put a locked case into the open consignment of its post, which is begun if need be.

    Raises NotAllowed, InvalidTransition at another step, Unchecked, AlreadyPacked and Full.
    """
    check_packer(actor)
    if not may_put_in(case, actor):
        raise InvalidTransition()
    if not rules.is_settled(item.state for item in case.items):
        raise Unchecked()
    box = _open_of(case.post_id, actor)
    if queries.count_items(box.id) >= MOST:
        raise Full()
    item = add(box, case, actor=actor)
    if not add_once(item):
        raise AlreadyPacked()
    _record("consignment_filled", item, actor)
    return item


def consign(reference: str, *, actor: Actor, seen: int, key: str) -> ConsignmentItem:
    """Put a request into the open consignment of its post; pressed again it stays there.

    Conflict on an old page; otherwise as `put_in`. (`key`: no event is written before it leaves.)
    """
    case = changing.lock_named(reference, actor)
    lies_in = queries.find_out(case.id)
    if lies_in is not None and lies_in.consignment.state is ConsignmentState.OPEN:
        return lies_in
    if seen != case.version:
        raise Conflict()
    return put_in(case, actor=actor)


def add(box: Consignment, case: Case, *, actor: Actor) -> ConsignmentItem:
    """Return a place for a case in a consignment, not yet added to a session."""
    return ConsignmentItem(
        consignment_id=box.id,
        case_id=case.id,
        data_key=case.data_key,
        added_by=actor.id or 0,
        added_at=clock.now(),
    )


def check_packer(actor: Actor) -> None:
    """Refuse everybody but officers and the head."""
    if not actor.has_role(*PACKERS):
        raise NotAllowed()


def _open_of(post_id: int, actor: Actor) -> Consignment:
    for _attempt in range(MOST_TRIES):
        box = queries.find_open(post_id) or _begin(post_id, actor)
        if box is not None:
            return box
    raise Conflict()


def _begin(post_id: int, actor: Actor) -> Consignment | None:
    """Return a new consignment, or None when another officer began one at this moment."""
    now = clock.now()
    box = Consignment(
        post_id=post_id,
        data_key=new_data_key(now),
        state=ConsignmentState.OPEN,
        opened_by=actor.id or 0,
        opened_at=now,
    )
    return box if add_once(box) else None


def take_out(item: ConsignmentItem, *, actor: Actor) -> None:
    """Take a case out of an open, locked consignment; its papers stay at the post."""
    if item.consignment.state is not ConsignmentState.OPEN:
        raise Conflict(_l("The list is fixed since the consignment was sealed."))
    _record("consignment_emptied", item, actor)
    db.session.delete(item)
    db.session.flush()


def let_go(case: Case, actor: Actor) -> None:
    """Take a case out of a consignment that is still open."""
    item = _lock_out(case)
    if item is not None and item.consignment.state is ConsignmentState.OPEN:
        take_out(item, actor=actor)


def follow(case: Case, action: Action, actor: Actor) -> None:
    """Take a case out of an open consignment when its citizen is asked; Conflict once sealed."""
    if action is Action.CORRECTION_ASKED:
        let_leave(case, actor)


def let_leave(case: Case, actor: Actor) -> None:
    """Take a case that goes to another post out of an open consignment; Conflict once it is sealed.

    Papers that are packed or away come back to the post that sent them.
    """
    item = _lock_out(case)
    if item is not None:
        take_out(item, actor=actor)


def _lock_out(case: Case) -> ConsignmentItem | None:
    item = queries.find_out(case.id)
    if item is not None:
        queries.wait_for(item.consignment)
    return item


def note_sent(case: Case, uid: str, *, actor: Actor, key: str) -> None:
    """Note on a case that its papers have left; the clock stops on that day."""
    box = _get(uid)
    changing.change(case, Action.CONSIGNED, actor=actor, key=key, details=_day(box, box.sent_on))


def note_return(case: Case, uid: str, *, actor: Actor, key: str) -> None:
    """Have a locked case go on as its papers came back: done, refused, incomplete, or not at all.

    Raises InvalidTransition for one that ended meanwhile.
    """
    box = _get(uid)
    item = queries.find_item(box.id, case.id)
    if item is None:
        raise InvalidTransition()
    if not changing.standing(case).is_away:
        # It travelled without being written down on the case; that it left is said now.
        note_sent(case, uid, actor=actor, key=f"{key}/out")
    go_on(case, item, on=box.returned_on, actor=actor, key=key)


def go_on(case: Case, item: ConsignmentItem, *, on: date | None, actor: Actor, key: str) -> None:
    """Have a case go on by the result of its place in a consignment, as of a day."""
    if item.result is None or item.result is Result.ELSEWHERE:
        raise InvalidTransition()
    if item.result is Result.REFUSED:
        _refuse(case, item, actor=actor, key=key)
        return
    details = _day(item.consignment, on)
    changing.change(case, _ACTIONS[item.result], actor=actor, key=key, details=details)


_ACTIONS = {
    Result.PRODUCED: Action.RETURNED,
    Result.INCOMPLETE: Action.SENT_BACK,
    Result.MISSING: Action.NOT_RETURNED,
}


def _refuse(case: Case, item: ConsignmentItem, *, actor: Actor, key: str) -> None:
    services.refuse(
        case.reference,
        reason_code=reasons.CAPITAL,
        note=item.reason or "",
        actor=actor,
        seen=case.version,
        key=key,
    )


def _get(uid: str) -> Consignment:
    return db.session.scalars(select(Consignment).where(Consignment.uid == uid)).one()


def _day(box: Consignment, day: date | None) -> dict[str, object]:
    return {"consignment": box.uid, "on": str(day)}


def _record(action: str, item: ConsignmentItem, actor: Actor) -> None:
    case = db.session.get_one(Case, item.case_id)
    audit.record(
        action,
        actor=actor,
        object_kind="case",
        object_uid=case.uid,
        post_id=case.post_id,
        fields={"consignment": item.consignment_id},
    )
