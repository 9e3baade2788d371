"""What is done to a whole consignment: sealed, sent, received, returned with its differences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.audit import services as audit
from app.cases import bulk, changing
from app.cases import queries as cases
from app.cases.bulk_models import BulkAction, BulkRun
from app.cases.consignments import manifest, packing, queries, rules
from app.cases.consignments.models import Consignment, ConsignmentItem
from app.cases.consignments.rules import OUT, ConsignmentState, Result
from app.cases.models import Case
from app.cases.rules import StepKind
from app.catalogue.models import Post
from app.core import clock
from app.core.actor import Actor
from app.core.db import add_once, db
from app.core.errors import Conflict, Invalid, NotFound

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What became of one request in the capital; some results need a reason."""

    result: Result
    reason: str = ""


def take_out(uid: str, reference: str, *, actor: Actor) -> None:
    """Take a request out of a consignment again; Conflict once it is sealed."""
    box = _lock(uid, actor)
    item = queries.find_item(box.id, cases.get_id(reference, actor))
    if item is None:
        raise NotFound()
    packing.take_out(item, actor=actor)


def seal(uid: str, *, seal: str, language: str, mark: str, actor: Actor) -> Consignment:
    """Fix the list, number the consignment and have its manifest made.

    `mark` names the list that the officer saw; Conflict when it is another one by now.
    """
    box = _lock(uid, actor)
    items = queries.list_items(box.id)
    if box.state is not ConsignmentState.OPEN or queries.mark_of(items) != mark:
        raise Conflict()
    if not items:
        raise Invalid(_l("There is nothing in this consignment."), field="seal")
    if not seal.strip():
        raise Invalid(_l("Enter the number of the seal."), field="seal")
    now = clock.now()
    box.year = clock.local(now, _zone(box)).year
    box.number = queries.next_number(box.post_id, box.year)
    box.state, box.seal, box.language = ConsignmentState.SEALED, seal.strip(), language
    box.sealed_at, box.sealed_by = now, actor.id
    sheets = queries.sheets_of(box.id)
    for item in items:
        item.sheets = sheets.get(item.case_id, 0)
    db.session.flush()
    manifest.order(box)
    _record("consignment_sealed", box, actor, cases=len(items))
    return box


def make_manifest(uid: str, *, actor: Actor) -> Consignment:
    """Have the manifest made again that could not be made; Conflict while there is no need."""
    box = _lock(uid, actor)
    if not manifest.is_missing(box):
        raise Conflict()
    manifest.order(box)
    _record("consignment_manifest_ordered", box, actor)
    return box


def send(uid: str, *, on: date, courier: str, tracking: str, actor: Actor) -> Consignment:
    """Note that a sealed consignment has left; a worker tells each case, whose clock stops.

    Raises Conflict before its manifest is made, Invalid for a day that cannot be.
    """
    box = _lock(uid, actor)
    if box.state is not ConsignmentState.SEALED:
        raise Conflict()
    if box.document is None:
        raise Conflict(_l("The manifest is being made. Load the page again in a moment."))
    earliest = clock.local(box.sealed_at or clock.now(), _zone(box)).date()
    _check_day(box, on, earliest, "sent_on")
    box.state, box.sent_on = ConsignmentState.SENT, on
    box.courier, box.tracking = courier, tracking or None
    box.send_run = _run(box, BulkAction.SEND, queries.list_items(box.id), actor)
    _record("consignment_sent", box, actor, on=on.isoformat())
    return box


def receive(uid: str, *, on: date, reported_by: str, actor: Actor) -> Consignment:
    """Note when a consignment arrived in the capital and who said so."""
    box = _lock(uid, actor)
    if box.state is not ConsignmentState.SENT or box.sent_on is None:
        raise Conflict()
    _check_day(box, on, box.sent_on, "received_on")
    box.state, box.received_on, box.reported_by = ConsignmentState.RECEIVED, on, reported_by
    db.session.flush()
    _record("consignment_received", box, actor, on=on.isoformat())
    return box


def note_results(uid: str, found: Mapping[str, Found], *, actor: Actor) -> None:
    """Write down what came back, by the uid of each place; it may be done in parts.

    Raises Invalid where a result lacks its reason, Conflict when nothing is expected back.
    """
    box = _lock_out(uid, actor)
    for item in queries.list_items(box.id):
        if item.uid in found and item.released_at is None:
            _note(item, found[item.uid])
    db.session.flush()


def _note(item: ConsignmentItem, found: Found) -> None:
    reason = found.reason.strip()
    field = f"reason-{item.uid}"
    if found.result not in rules.CHOSEN:
        raise Invalid(field=f"result-{item.uid}")
    if found.result in rules.WITH_REASON and not reason:
        raise Invalid(
            _l("%(reference)s: write what the capital says."),
            field=field,
            reference=item.case.reference,
        )
    if len(reason) > LONGEST_REASON:
        raise Invalid(
            _l("Please use at most %(most)s characters."), field=field, most=LONGEST_REASON
        )
    item.result = found.result
    item.reason = (reason or None) if found.result in rules.WITH_REASON else None


def add_unexpected(uid: str, reference: str, *, actor: Actor) -> ConsignmentItem:
    """Note a request that came back without standing on the list; Invalid for what cannot be.

    Where it was missed in another consignment, that one says so.
    """
    packing.check_packer(actor)
    case = _lock_named(reference, actor)
    box = _lock_with_other(uid, case, actor)
    if changing.standing(case).current is not StepKind.CONSIGNMENT:
        raise Invalid(_l("No papers of this request are expected."), field="reference")
    if queries.count_items(box.id) >= rules.MOST_WITH_UNEXPECTED:
        raise Invalid(_l("No more requests can be added to this list."), field="reference")
    _leave_other(case, box)
    item = packing.add(box, case, actor=actor)
    item.is_unexpected = True
    item.result = Result.PRODUCED
    if not add_once(item):
        raise Invalid(_l("This request stands on the list already."), field="reference")
    _record("consignment_unexpected", box, actor, case=case.uid)
    return item


def _lock_named(reference: str, actor: Actor) -> Case:
    try:
        return changing.lock_named(reference, actor)
    except NotFound:
        raise Invalid(_l("There is no such request at this post."), field="reference") from None


def _lock_with_other(uid: str, case: Case, actor: Actor) -> Consignment:
    """Return a consignment that is out, locked as is the one in which a locked case lies.

    In the order of their keys: two who note what came in the wrong one never wait in a circle.
    """
    box, lies_in = queries.get_consignment(uid, actor), queries.find_out(case.id)
    both = {box, lies_in.consignment} if lies_in else {box}
    for one in sorted(both, key=lambda one: one.id):
        queries.wait_for(one)
    if box.state not in OUT:
        raise Conflict()
    return box


def _leave_other(case: Case, box: Consignment) -> None:
    other = queries.find_out(case.id)
    if other is not None and other.consignment_id != box.id:
        if other.consignment.state not in OUT:
            raise Invalid(
                _l("This request lies in a consignment that has not left yet."), field="reference"
            )
        other.result, other.reason, other.released_at = Result.ELSEWHERE, None, clock.now()
    for missed in queries.list_missed(case.id):
        missed.result = Result.ELSEWHERE
    db.session.flush()


def give_back(uid: str, *, on: date, actor: Actor) -> Consignment:
    """Count a consignment as returned: what has no result is missing, and each case goes on.

    Raises Conflict while the cases are still being told that it left.
    """
    box = _lock_out(uid, actor)
    if box.send_run is None or box.send_run.ended_at is None or box.sent_on is None:
        raise Conflict(_l("The requests are still being told that it left. Try again in a moment."))
    _check_day(box, on, box.sent_on, "returned_on")
    items = [one for one in queries.list_items(box.id) if one.released_at is None]
    for item in items:
        item.result = item.result or Result.MISSING
        item.released_at = clock.now()
    box.state, box.returned_on = ConsignmentState.RETURNED, on
    db.session.flush()
    box.return_run = _run(box, BulkAction.BRING_BACK, items, actor)
    _record("consignment_returned", box, actor, on=on.isoformat())
    return box


def note_found(uid: str, found: Mapping[str, Found], *, on: date, actor: Actor, key: str) -> None:
    """Note what of a returned consignment was missed and has come by itself; each case goes on.

    `found` maps the uids of places to results; what is still missing is not named. Raises
    Conflict where somebody else has noted one of them meanwhile.
    """
    packing.check_packer(actor)
    box = queries.get_consignment(uid, actor)
    if box.state is not ConsignmentState.RETURNED or box.returned_on is None:
        raise Conflict()
    _check_day(box, on, box.returned_on, "returned_on")
    items = [one for one in queries.list_items(box.id) if one.uid in found]
    # Before the consignment, in the order of their keys as whoever takes the money of many; kept,
    # because the session forgets whole cases that nobody holds.
    locked = {case.id: case for case in changing.lock_all([one.case_id for one in items])}
    queries.wait_for(box)
    queries.bring_up_to_date(items)
    if any(one.result is not Result.MISSING for one in items):
        raise Conflict()
    for item in items:
        _note(item, found[item.uid])
        key_of = f"{key}/{item.uid}"[:64]
        packing.go_on(locked[item.case_id], item, on=on, actor=actor, key=key_of)
    _record("consignment_found", box, actor, on=on.isoformat(), cases=len(found))


def _run(
    box: Consignment, action: BulkAction, items: Sequence[ConsignmentItem], actor: Actor
) -> BulkRun | None:
    references = [one.case.reference for one in items]
    if not references:
        return None
    return bulk.begin(action, references, {"consignment": box.uid}, actor=actor)


def _lock(uid: str, actor: Actor) -> Consignment:
    packing.check_packer(actor)
    return queries.lock(uid, actor)


def _lock_out(uid: str, actor: Actor) -> Consignment:
    box = _lock(uid, actor)
    if box.state not in OUT:
        raise Conflict()
    return box


def _check_day(box: Consignment, day: date, earliest: date, field: str) -> None:
    if not rules.is_on_its_way(day, earliest=earliest, today=clock.today(_zone(box))):
        raise Invalid(
            _l("The day cannot be in the future or before what happened earlier."), field=field
        )


def _zone(box: Consignment) -> str:
    return db.session.scalars(select(Post.zone).where(Post.id == box.post_id)).one()


def _record(action: str, box: Consignment, actor: Actor, **fields: object) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="consignment",
        object_uid=box.uid,
        post_id=box.post_id,
        fields={"number": box.label, **fields},
    )
