"""The one function that changes a case: lock, rules, event, state and steps, messages."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select

from app.accounts import queries as accounts_of_post
from app.accounts import services as accounts
from app.accounts.models import Account, Person
from app.audit import services as audit
from app.cases import (
    access,
    competence,
    contents,
    drafts,
    pace,
    queries,
    rules,
    signals,
    telling,
    timing,
)
from app.cases.models import Case, CaseEvent, CaseStep
from app.cases.rules import Action, Standing, State, StepKind, StepState
from app.catalogue import damaged
from app.catalogue.definition.document import Definition
from app.catalogue.definition.elements import Decider
from app.catalogue.models import ServiceVersion
from app.core import clock
from app.core.actor import Actor, ActorKind, Role
from app.core.db import db
from app.core.errors import Conflict, InvalidTransition, NotAllowed, NotFound

logger = logging.getLogger(__name__)

_ROW = select(Case.id).with_for_update()
_COLUMNS = select(Case).with_for_update().execution_options(populate_existing=True)
_WHOLE = select(Case).options(*queries.whole()).execution_options(populate_existing=True)

_OUTCOMES = {
    Action.RESUBMITTED: "resubmitted",
    Action.CORRECTION_REVOKED: "revoked",
    Action.WITHDRAWN: "revoked",
    Action.LAPSED: "lapsed",
}
"""The actions that close a correction, and how it ended then."""

_LETS_GO = frozenset({Action.RELEASED, Action.TRANSFERRED})
"""Nobody has the case in hand any more."""

Details = Mapping[str, object]


def change(
    case: Case,
    action: Action,
    *,
    actor: Actor,
    key: str,
    seen: int | None = None,
    details: Details | None = None,
) -> Case:
    """Carry out an action on a case and return it; the same `key` again changes nothing.

    `seen` is the version that the actor looked at; Conflict when the case went on since then.
    Raises NotAllowed for an actor who may not, InvalidTransition where the state does not
    allow it. `details` holds keys and codes, nothing a person entered.
    """
    case = lock(case.id)
    if is_done(case, key):
        return case
    check(case, action, actor=actor, seen=seen)

    return apply(case, action, actor=actor, key=key, details=details)


def lock(case_id: int) -> Case:
    """Return a whole case as it stands now, locked until the transaction ends.

    Raises NotFound for a draft that was deleted meanwhile.
    """
    return _locked(Case.id == case_id)


def lock_row(case: Case) -> None:
    """Lock a case and read its own columns anew, not what belongs to it; NotFound as by `lock`."""
    found = db.session.scalar(_COLUMNS.where(Case.id == case.id))
    if found is None:
        raise NotFound()


def lock_all(case_ids: Collection[int]) -> Sequence[Case]:
    """Return whole cases as they stand now, locked in the order of their keys."""
    db.session.execute(_ROW.where(Case.id.in_(case_ids)).order_by(Case.id)).all()
    return db.session.scalars(_WHOLE.where(Case.id.in_(case_ids)).order_by(Case.id)).all()


def lock_named(reference: str, actor: Actor) -> Case:
    """Return a case that the actor may see, locked as by `lock`; raise NotFound."""
    named = Case.reference == queries.normal_reference(reference)
    return _locked(and_(named, access.is_visible(actor)))


def _locked(which: ColumnElement[bool]) -> Case:
    # The row alone first: of one that had to be waited for, PostgreSQL reads what it is now, and
    # what is joined to it as that was before the wait, a new version's number with no version.
    found = db.session.scalar(_ROW.where(which))
    if found is None:
        raise NotFound()
    return db.session.scalars(_WHOLE.where(Case.id == found)).one()


def is_done(case: Case, key: str) -> bool:
    """Return whether the action of this key was carried out before; for a locked case."""
    known = select(CaseEvent.id).where(CaseEvent.case_id == case.id, CaseEvent.key == key)
    return db.session.scalar(known) is not None


def check(case: Case, action: Action, *, actor: Actor, seen: int | None) -> None:
    """Refuse what the rules do not allow on a locked case."""
    if not competence.is_permitted(action, actor):
        raise NotAllowed()
    if seen is not None and seen != case.version:
        raise Conflict()
    now = standing(case)
    if not rules.is_possible(now, action):
        raise InvalidTransition()
    if not may_decide(case, now, action, actor):
        raise NotAllowed(telling.NOT_YOURS)
    if not may_act(case, now, action, actor):
        raise Conflict(telling.SOMEBODY_ELSE)
    if action in competence.DECISIONS:
        contents.check_clean(case)


def apply(
    case: Case, action: Action, *, actor: Actor, key: str, details: Details | None = None
) -> Case:
    """Write what an action that was checked does to a locked case."""
    now, before = clock.now(), case.state
    moved = rules.after(standing(case), action)
    event = _write_event(case, action, moved.state, actor=actor, key=key, details=details)
    timing.write(case, action, moved, timing.moment_of(case, details, now))
    _write_standing(case, moved, now)
    timing.measure(case, now)
    _write_holder(case, action, actor, now, details or {}, before=before)
    _close_round(case, action, now)
    _fix_identity(case, action)
    case.version += 1
    case.updated_at = now
    db.session.flush()

    telling.tell(case, event)
    _record(case, action, actor, details)
    if moved.state in rules.BROKEN_OFF and moved.state is not before:
        signals.ended(case, actor)
    signals.changed(case, action, actor)
    return case


def begin(
    version: ServiceVersion,
    definition: Definition,
    *,
    person: Person,
    account: Account | None,
    actor: Actor,
    language: str,
    variant: str,
    key: str,
) -> Case:
    """Add a draft with the steps and items of the pinned version, under a fresh reference."""
    if not competence.is_permitted(Action.STARTED, actor):
        raise NotAllowed()
    case = drafts.add(version, definition, person, account, language=language, variant=variant)
    _write_event(case, Action.STARTED, State.DRAFT, actor=actor, key=key, details=None)
    _record(case, Action.STARTED, actor, None)
    db.session.flush()
    return lock(case.id)


def begin_anew(case: Case, *, actor: Actor, key: str, details: Details) -> Case:
    """Note that a locked draft goes on from another version; its state stays as it is."""
    _write_event(case, Action.STARTED, State.DRAFT, actor=actor, key=key, details=details)
    case.version += 1
    case.updated_at = clock.now()
    db.session.flush()
    audit.record(
        "case_moved_to_version",
        actor=actor,
        object_kind="case",
        object_uid=case.uid,
        post_id=case.post_id,
        fields=details,
    )
    logger.info("draft moved to another version", extra={"case_id": case.id})
    return case


def standing(case: Case) -> Standing:
    """Return where a case with loaded steps stands."""
    stands = Standing(
        state=case.state,
        path=tuple(step.kind for step in case.steps),
        steps=tuple(step.state for step in case.steps),
    )
    # At this step the clock stops for papers on their way, or for a citizen who completes them.
    is_stopped = case.waiting_since is not None and case.state is not State.ACTION_NEEDED
    return replace(stands, is_away=is_stopped and stands.current is StepKind.CONSIGNMENT)


def is_holder(case: Case, actor: Actor) -> bool:
    """Return whether the actor is the officer who took the case."""
    return actor.kind is ActorKind.STAFF and case.assignee_id == actor.id


def is_held(case: Case) -> bool:
    """Return whether an officer has the case in hand now."""
    return pace.is_held(case.assignee_id, case.lease_until, clock.now())


def may_act(case: Case, standing: Standing, action: Action, actor: Actor) -> bool:
    """Return whether the one who has the case in hand leaves the actor this action."""
    if not competence.needs_holder(standing, action) or competence.stands_in(action, actor):
        return True
    return is_holder(case, actor)


def may_decide(case: Case, standing: Standing, action: Action, actor: Actor) -> bool:
    """Return whether the service leaves this decision, at this step, to the actor.

    Whoever only makes second checks has in hand what they may decide, and nothing else.
    """
    takes_to_decide = action is Action.TAKEN and competence.only_reviews(actor)
    if action not in competence.DECISIONS and not takes_to_decide:
        return True
    is_second = standing.current is StepKind.SECOND_REVIEW
    if is_second and queries.has_looked_first(case.id, actor.id):
        return False
    deciders = deciders_of(case, standing)
    review = competence.Review(
        kind=standing.current,
        deciders=deciders,
        decided_before=bool(deciders) and not is_second and queries.has_accepted(case.id, actor),
        has_reviewers=Decider.SECOND_REVIEWER in deciders and has_reviewers(case.post_id),
    )
    return competence.may_decide(review, actor)


def has_reviewers(post_id: int) -> bool:
    """Return whether somebody at a post is there for second checks."""
    return bool(accounts_of_post.list_colleagues(post_id, (Role.SECOND_REVIEWER,)))


def check_taker(case: Case, staff_id: int | None) -> None:
    """Refuse to put a case at its second review into the hands of whoever did the first one."""
    is_second = standing(case).current is StepKind.SECOND_REVIEW
    if is_second and queries.has_looked_first(case.id, staff_id):
        raise NotAllowed(telling.NOT_TWICE)


def deciders_of(case: Case, standing: Standing) -> tuple[Decider, ...]:
    """Return whose decision ends the current step by the pinned version; none: any officer.

    Raises ValueError where the steps are not those of the version: nobody may decide by a path
    that is another's.
    """
    definition = queries.definition(case)
    if standing.current is None or damaged.is_stand_in(definition):
        return ()  # A stand-in is only shown: whoever would decide by it is refused.
    path = definition.path
    if [step.kind for step in path] != list(standing.path):
        raise ValueError("the steps of the case are not those of its version")
    return path[standing.steps.index(StepState.CURRENT)].decided_by


def _write_event(
    case: Case,
    action: Action,
    state: State,
    *,
    actor: Actor,
    key: str,
    details: Details | None,
) -> CaseEvent:
    last = db.session.scalar(select(func.max(CaseEvent.number)).where(CaseEvent.case_id == case.id))
    event = CaseEvent(
        case_id=case.id,
        number=(last or 0) + 1,
        key=key[:64],
        action=action,
        state=state,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_role=competence.role_for(action, actor),
        post_id=actor.post_id or case.post_id,
        details=dict(details or {}),
        at=clock.now(),
    )
    db.session.add(event)
    return event


def _write_standing(case: Case, moved: Standing, now: datetime) -> None:
    for step, state in zip(_in_order(case.steps), moved.steps, strict=True):
        if step.state is not state:
            step.state = state
            step.ended_at = now if state in {StepState.DONE, StepState.SKIPPED} else None
    case.state, case.at_step = moved.state, moved.current
    case.submitted_at = case.submitted_at or now
    case.ended_at = (case.ended_at or now) if moved.state in rules.ENDED else None


def _in_order(steps: Sequence[CaseStep]) -> list[CaseStep]:
    return sorted(steps, key=lambda step: step.position)


def _write_holder(
    case: Case, action: Action, actor: Actor, now: datetime, details: Details, *, before: State
) -> None:
    if action is Action.TAKEN:
        case.assignee_id, case.offered_id = _key_of(details, "for") or actor.id, None
        case.lease_until = None if is_holder(case, actor) else now + pace.ASSIGNED
    elif action is Action.GIVEN_BACK:
        case.assignee_id, case.lease_until = _key_of(details, "for"), now + pace.ASSIGNED
    elif action in _LETS_GO or case.state in rules.ENDED or _waits_anew(case, before):
        case.assignee_id, case.offered_id = None, _key_of(details, "to")
    if case.assignee_id is None:
        case.lease_until = None
    elif is_holder(case, actor):
        case.lease_until = max(case.lease_until or now, now + pace.LEASE)


def _waits_anew(case: Case, before: State) -> bool:
    """Return whether a review has just begun, which is for whoever takes it."""
    return case.state is State.SUBMITTED and before is not State.SUBMITTED


def _key_of(details: Details, name: str) -> int | None:
    key = details.get(name)
    return key if isinstance(key, int) else None


def _close_round(case: Case, action: Action, now: datetime) -> None:
    outcome = _OUTCOMES.get(action)
    asked = queries.find_open_round(case.id) if outcome else None
    if asked is not None:
        asked.closed_at, asked.outcome = now, outcome
        telling.cancel_deadline(asked)


def _fix_identity(case: Case, action: Action) -> None:
    """Fix who the person is while the case is with the post, for all cases of the person."""
    if action in {Action.SUBMITTED, Action.REVIVED, Action.REOPENED}:
        accounts.lock_identity(case.person_id)
    elif case.state in rules.ENDED:
        accounts.unlock_identity(case.person_id, unless=lambda: queries.has_other_open_case(case))


def _record(case: Case, action: Action, actor: Actor, details: Details | None) -> None:
    audit.record(
        f"case_{action.value}",
        actor=actor,
        object_kind="case",
        object_uid=case.uid,
        post_id=case.post_id,
        fields=details,
    )
    logger.info("case changed", extra={"case_id": case.id, "action": action.value})
