"""Doing one thing to up to five hundred cases: a worker goes through them, each for itself.

Every case is a transaction of its own, in which its outcome is written as well. So a worker that
dies takes at most one case back, and the next one goes on behind it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from app.accounts import queries as accounts
from app.audit import services as audit
from app.cases import access, changing, queries, rules, services, teams
from app.cases.bulk_models import BulkAction, BulkItem, BulkRun, Outcome
from app.cases.consignments import packing
from app.cases.models import Case
from app.cases.rules import ItemKind, StepKind
from app.cases.services import ItemDecision, Verdict
from app.core import clock
from app.core.actor import Actor, Role
from app.core.db import db
from app.core.errors import (
    Conflict,
    DomainError,
    Invalid,
    InvalidTransition,
    NotAllowed,
    NotFound,
)
from app.jobs import parts
from app.jobs.models import Job

JOB = "cases.bulk"
MOST = 500
AT_ONCE = 50
"""So many cases are done under one lease; then the next job goes on."""

_OUTCOMES: Sequence[tuple[type[DomainError], Outcome]] = (
    (InvalidTransition, Outcome.NOT_NOW),
    (Conflict, Outcome.HELD),
    (NotAllowed, Outcome.NOT_ALLOWED),
    (NotFound, Outcome.UNFIT),
    (DomainError, Outcome.REFUSED),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run has come: reference and outcome of each case, in order."""

    results: Sequence[tuple[str, Outcome | None]]

    @property
    def total(self) -> int:
        """Return how many cases there are."""
        return len(self.results)

    @property
    def handled(self) -> int:
        """Return how many of them have an outcome."""
        return sum(outcome is not None for _reference, outcome in self.results)

    @property
    def done(self) -> int:
        """Return for how many the action was carried out."""
        return sum(outcome is Outcome.DONE for _reference, outcome in self.results)


def begin(
    action: BulkAction,
    references: Collection[str],
    arguments: Mapping[str, object],
    *,
    actor: Actor,
) -> BulkRun:
    """Have a worker do something to those cases that the actor may see; Invalid when there is none.

    `arguments`: "staff" for assign; "paper", "reason" and "until_on" for ask.
    """
    run = write(action, references, arguments, actor=actor)
    parts.schedule(JOB, run.uid)
    return run


def write(
    action: BulkAction,
    references: Collection[str],
    arguments: Mapping[str, object],
    *,
    actor: Actor,
) -> BulkRun:
    """Write a run as `begin` does, whose cases somebody else goes through."""
    visible = select(Case.id).where(Case.reference.in_(references), access.is_visible(actor))
    case_ids = db.session.scalars(visible.order_by(Case.due_on, Case.id).limit(MOST)).all()
    if not case_ids:
        raise Invalid(_l("Choose at least one request."))
    run = BulkRun(
        post_id=actor.post_id,
        staff_id=actor.id,
        action=action,
        arguments=dict(arguments),
        created_at=clock.now(),
    )
    db.session.add(run)
    db.session.flush()
    db.session.add_all(BulkItem(run_id=run.id, case_id=case_id) for case_id in case_ids)
    fields = {"action": action.value, "cases": len(case_ids)}
    audit.record(
        "bulk_run_begun", actor=actor, object_kind="bulk_run", object_uid=run.uid, fields=fields
    )
    return run


def get_run(uid: str, actor: Actor) -> BulkRun:
    """Return a run of the actor, or of their post for the head; raise NotFound."""
    run = db.session.scalar(
        select(BulkRun).where(BulkRun.uid == uid, BulkRun.post_id == actor.post_id)
    )
    if run is None or (run.staff_id != actor.id and not actor.has_role(Role.HEAD)):
        raise NotFound()
    return run


def progress_of(run: BulkRun) -> Progress:
    """Return how far a run has come."""
    rows = db.session.execute(
        select(Case.reference, BulkItem.outcome)
        .join(Case, Case.id == BulkItem.case_id)
        .where(BulkItem.run_id == run.id)
        .order_by(BulkItem.id)
    )
    return Progress(results=[(reference, outcome) for reference, outcome in rows])


def list_results(run: BulkRun) -> Sequence[tuple[Case, Outcome | None]]:
    """Return the cases of a run with their persons and outcomes, in order."""
    rows = db.session.execute(
        select(Case, BulkItem.outcome)
        .join(BulkItem, BulkItem.case_id == Case.id)
        .options(joinedload(Case.person))
        .where(BulkItem.run_id == run.id)
        .order_by(BulkItem.id)
    )
    return [(case, outcome) for case, outcome in rows]


def carry_out(job: Job) -> None:
    """Do the next cases of a run, each in a transaction of its own, and see to the rest."""
    parts.carry_out(job, turns=AT_ONCE, step=do_next, leave_out=_leave_out)


def _leave_out(uid: str) -> None:
    item = _lock_next(_get(uid))
    if item is not None:
        item.outcome = Outcome.FAILED


def _get(uid: str) -> BulkRun:
    return db.session.scalars(select(BulkRun).where(BulkRun.uid == uid)).one()


def _waiting(run: BulkRun) -> Select[BulkItem]:
    return select(BulkItem).where(BulkItem.run_id == run.id, BulkItem.outcome.is_(None))


def _lock_next(run: BulkRun) -> BulkItem | None:
    in_order = _waiting(run).order_by(BulkItem.id).limit(1)
    return db.session.scalar(in_order.with_for_update(skip_locked=True))


def do_next(uid: str) -> bool:
    """Do one case of a run, in the caller's transaction; return whether there was one."""
    run = _get(uid)
    item = _lock_next(run)
    if item is None:
        left = db.session.scalar(select(func.count()).select_from(_waiting(run).subquery()))
        run.ended_at = run.ended_at or (clock.now() if not left else None)
        return False
    item.outcome = _attempt(run, item.case_id)
    return True


def _attempt(run: BulkRun, case_id: int) -> Outcome:
    try:
        with db.session.begin_nested():
            actor = accounts.acting_staff(run.staff_id, run.post_id)
            _ACTS[run.action](changing.lock(case_id), run, actor)
    except DomainError as refusal:
        return next(outcome for kind, outcome in _OUTCOMES if isinstance(refusal, kind))
    return Outcome.DONE


def _assign(case: Case, run: BulkRun, actor: Actor) -> None:
    teams.assign(case, to=int(run.arguments["staff"]), actor=actor, key=f"bulk/{run.uid}")


def _ask(case: Case, run: BulkRun, actor: Actor) -> None:
    asked: dict[str, Any] = run.arguments
    item = queries.find_item(case, ItemKind.PAPER, str(asked["paper"]))
    case = _have_in_hand(case, run, actor)
    decision = ItemDecision(verdict=Verdict.REJECTED, reason_code=str(asked["reason"]))
    case = services.decide_item(
        case.reference,
        item.uid,
        decision,
        actor=actor,
        seen=case.version,
        key=f"bulk/{run.uid}/item",
    )
    services.ask_correction(
        case.reference,
        until_on=date.fromisoformat(str(asked["until_on"])),
        actor=actor,
        seen=case.version,
        key=f"bulk/{run.uid}/ask",
    )


def _have_in_hand(case: Case, run: BulkRun, actor: Actor) -> Case:
    """Return the case in the hands of the actor; Conflict when somebody else has it."""
    if changing.is_holder(case, actor):
        return case
    if changing.is_held(case):
        raise Conflict()
    return services.take(case.reference, actor=actor, seen=case.version, key=f"bulk/{run.uid}/take")


def _move_on(case: Case, run: BulkRun, actor: Actor) -> None:
    """End the step where nothing is left to be judged: checked papers, a document that is made."""
    key, kind = f"bulk/{run.uid}", changing.standing(case).current
    if kind is StepKind.PRODUCTION:
        services.produced(case.reference, actor=actor, seen=case.version, key=key)
    elif kind in rules.IN_REVIEW_KINDS and rules.is_settled(item.state for item in case.items):
        services.accept(case.reference, actor=actor, seen=case.version, key=key)
    else:
        raise InvalidTransition()


def _consign(case: Case, _run: BulkRun, actor: Actor) -> None:
    packing.put_in(case, actor=actor)


def _send(case: Case, run: BulkRun, actor: Actor) -> None:
    packing.note_sent(case, str(run.arguments["consignment"]), actor=actor, key=f"bulk/{run.uid}")


def _bring_back(case: Case, run: BulkRun, actor: Actor) -> None:
    uid = str(run.arguments["consignment"])
    packing.note_return(case, uid, actor=actor, key=f"bulk/{run.uid}")


_ACTS = {
    BulkAction.ASSIGN: _assign,
    BulkAction.ASK: _ask,
    BulkAction.MOVE_ON: _move_on,
    BulkAction.CONSIGN: _consign,
    BulkAction.SEND: _send,
    BulkAction.BRING_BACK: _bring_back,
}
