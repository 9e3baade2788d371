"""Everything that is done to a case, by citizens, officers, the counter and the clock.

Each function works in the caller's transaction and returns the case. `key` makes it happen once;
`seen` is the version that the actor looked at, and Conflict says that the case went on since.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from app.accounts import services as accounts
from app.accounts.rules import Details
from app.cases import (
    bills,
    changing,
    competence,
    queries,
    queue,
    requirements,
    rounds,
    rules,
    second_look,
)
from app.cases.appeals import rules as appeals
from app.cases.changing import change
from app.cases.contents import is_clean
from app.cases.filing import (
    attach,
    detach,
    discard,
    resubmit,
    save_page,
    start,
    submit,
)
from app.cases.models import Case, CaseItem, CorrectionRound
from app.cases.rules import Action, ItemKind, ItemState
from app.core import clock, i18n
from app.core.actor import SYSTEM, Actor
from app.core.db import db
from app.core.errors import Invalid, NotFound

__all__ = [
    "ItemDecision",
    "Verdict",
    "accept",
    "ask_correction",
    "attach",
    "change",
    "correct_person",
    "decide_item",
    "decide_items",
    "detach",
    "discard",
    "grant_waiver",
    "lapse",
    "may_correct_person",
    "note_booking",
    "produced",
    "record_booking",
    "refuse",
    "release",
    "resubmit",
    "revoke_correction",
    "save_page",
    "start",
    "submit",
    "take",
    "take_next",
    "visit_completed",
    "withdraw",
]

LONGEST_NOTE = 1000


class Verdict(StrEnum):
    """What an officer says of one item."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDecision:
    """A verdict on an item; a rejected one has a reason of the definition, or a note."""

    verdict: Verdict
    reason_code: str | None = None
    note: str = ""
    """Said to the citizen, in the language of the officer."""


def take(reference: str, *, actor: Actor, seen: int, key: str) -> Case:
    """Have a case in hand for half an hour, longer while it is worked on.

    Taking it over from somebody leaves a trace of whom it was taken from.
    """
    return _take(changing.lock_named(reference, actor), actor=actor, seen=seen, key=key)


def take_next(post_id: int, *, actor: Actor, key: str) -> Case | None:
    """Have the most urgent case in hand that nobody has; None when there is none.

    Officers who ask at the same moment get different cases, and nobody waits for another. It is
    a case whose step the actor's role may do.
    """
    case_id = queue.lock_next(post_id, actor=actor)
    if case_id is None:
        return None
    return _take(changing.lock(case_id), actor=actor, seen=None, key=key)


def _take(case: Case, *, actor: Actor, seen: int | None, key: str) -> Case:
    changing.check_taker(case, actor.id)
    over = case.assignee_id if not changing.is_holder(case, actor) else None
    details = {"over": over} if over is not None else None
    return change(case, Action.TAKEN, actor=actor, key=key, seen=seen, details=details)


def release(reference: str, *, actor: Actor, seen: int, key: str) -> Case:
    """Give a case back to the queue."""
    return change(
        changing.lock_named(reference, actor), Action.RELEASED, actor=actor, key=key, seen=seen
    )


def decide_item(
    reference: str, item_uid: str, decision: ItemDecision, *, actor: Actor, seen: int, key: str
) -> Case:
    """Accept, reject or waive one paper or page of answers."""
    return decide_items(reference, {item_uid: decision}, actor=actor, seen=seen, key=key)


def decide_items(
    reference: str,
    decisions: Mapping[str, ItemDecision],
    *,
    actor: Actor,
    seen: int,
    key: str,
) -> Case:
    """Decide several items at once, by their uid; Invalid for a reason that a paper lacks."""
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    changing.check(case, Action.ITEM_DECIDED, actor=actor, seen=seen)
    decided = [_decide(case, uid, decision, actor) for uid, decision in decisions.items()]
    return changing.apply(
        case, Action.ITEM_DECIDED, actor=actor, key=key, details={"items": decided}
    )


def _decide(case: Case, uid: str, decision: ItemDecision, actor: Actor) -> dict[str, object]:
    item = next((item for item in case.items if item.uid == uid), None)
    if item is None:
        raise NotFound()
    if decision.verdict is Verdict.REJECTED:
        _check_reason(case, item, decision)
        _check_note(case, item, decision.note)
    rejected = decision.verdict is Verdict.REJECTED
    state = ItemState(decision.verdict.value)
    if state not in rules.verdicts(item.kind, has_clean_file=is_clean(item)):
        raise Invalid(_l("%(item)s: this cannot be said of it."), item=_title(case, item))
    item.state = state
    item.reason_code = decision.reason_code if rejected else None
    item.note = decision.note.strip() or None if rejected else None
    item.decided_by, item.decided_at = actor.id, clock.now()
    return {"key": item.key, "state": item.state.value, "reason": item.reason_code}


def _check_reason(case: Case, item: CaseItem, decision: ItemDecision) -> None:
    if not decision.reason_code:
        if decision.note.strip():
            return
        raise Invalid(
            _l("%(item)s: say what is wrong, so that it can be mended."),
            field=f"reason-{item.uid}" if _reasons(case, item) else f"note-{item.uid}",
            item=_title(case, item),
        )
    if decision.reason_code not in _reasons(case, item):
        raise Invalid(
            _l("%(item)s: choose one of the reasons in the list."),
            field=f"reason-{item.uid}",
            item=_title(case, item),
        )


def _check_note(case: Case, item: CaseItem, note: str) -> None:
    if len(note.strip()) > LONGEST_NOTE:
        raise Invalid(
            _l("%(item)s: a note has %(most)s characters at most."),
            field=f"note-{item.uid}",
            item=_title(case, item),
            most=LONGEST_NOTE,
        )


def _reasons(case: Case, item: CaseItem) -> set[str]:
    papers = queries.definition(case).all_papers() if item.kind is ItemKind.PAPER else ()
    return {reason.code for paper in papers if paper.key == item.key for reason in paper.reasons}


def _title(case: Case, item: CaseItem) -> str:
    definition = queries.definition(case)
    things = definition.all_papers() if item.kind is ItemKind.PAPER else definition.pages
    return next((i18n.text_in(one.title) for one in things if one.key == item.key), item.key)


def ask_correction(reference: str, *, until_on: date, actor: Actor, seen: int, key: str) -> Case:
    """Ask the citizen to mend the rejected items by the end of a day; the clock stops.

    Raises Invalid when nothing was rejected or the day cannot be a deadline.
    """
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    changing.check(case, Action.CORRECTION_ASKED, actor=actor, seen=seen)
    rejected = [item.key for item in case.items if item.state is ItemState.REJECTED]
    rounds.open_round(case, rejected, until_on=until_on, actor=actor)

    details = {"until_on": until_on.isoformat(), "items": rejected}
    return changing.apply(case, Action.CORRECTION_ASKED, actor=actor, key=key, details=details)


def correct_person(reference: str, details: Details, *, actor: Actor, seen: int, key: str) -> Case:
    """Write what the papers show of the person; the event and the record name fields only.

    The same details again change nothing. The details count in every case of the person.
    """
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    changing.check(case, Action.IDENTITY_CORRECTED, actor=actor, seen=seen)
    fields = accounts.correct_person(case.person_id, details, actor=actor)
    if not fields:
        return case
    return changing.apply(
        case, Action.IDENTITY_CORRECTED, actor=actor, key=key, details={"fields": fields}
    )


def may_correct_person(case: Case, actor: Actor) -> bool:
    """Return whether this actor could correct the person of a case now."""
    standing, action = changing.standing(case), Action.IDENTITY_CORRECTED
    offered = action in competence.offers(standing, actor)
    return offered and changing.may_act(case, standing, action, actor)


def revoke_correction(reference: str, *, actor: Actor, seen: int, key: str) -> Case:
    """Withdraw what the citizen was asked for: the check goes on, and with it the clock.

    What was replaced already counts as received. For the officer who has the case, or the head.
    """
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    changing.check(case, Action.CORRECTION_REVOKED, actor=actor, seen=seen)
    for item in case.items:
        if item.state is ItemState.REPLACED:
            item.state, item.decided_at, item.decided_by = ItemState.RECEIVED, None, None
    return changing.apply(case, Action.CORRECTION_REVOKED, actor=actor, key=key)


def grant_waiver(
    reference: str, waiver_key: str, *, ground: str, actor: Actor, seen: int, key: str
) -> Case:
    """Waive what the service lets an officer waive; the ground is kept, sealed.

    Raises Invalid without a ground, NotFound for a waiver that cannot be granted now.
    """
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    changing.check(case, Action.WAIVER_GRANTED, actor=actor, seen=seen)
    if not ground.strip():
        raise Invalid(_l("Say on what ground the fee is waived."), field="ground")
    if waiver_key not in {waiver.key for waiver in bills.grantable(case)}:
        raise NotFound()
    case.granted = [*case.granted, waiver_key]
    case.grounds = {**(case.grounds or {}), waiver_key: ground.strip()[:LONGEST_NOTE]}
    # The sum as it is from now on is what the citizen reads of it.
    details = {"waiver": waiver_key, "total": dict(bills.bill_of(case).total)}
    return changing.apply(case, Action.WAIVER_GRANTED, actor=actor, key=key, details=details)


def accept(reference: str, *, actor: Actor, seen: int, key: str) -> Case:
    """Accept a case all of whose items are accepted or not needed.

    Raises Invalid also while the authority under which it was filed, or a consent, is lacking, and
    where the first of two officers proposes to refuse it.
    """
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    changing.check(case, Action.ACCEPTED, actor=actor, seen=seen)
    second_look.check_proposal(case)
    if not rules.is_settled(item.state for item in case.items):
        raise Invalid(_l("Check every item before you accept the request."))
    requirements.check_decision(case)
    return changing.apply(case, Action.ACCEPTED, actor=actor, key=key)


def refuse(
    reference: str, *, reason_code: str, note: str, actor: Actor, seen: int, key: str
) -> Case:
    """Refuse a case for good, with a reason and a note that the citizen reads.

    In the first of two reviews this proposes it to a second officer, and nobody is told yet.
    """
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    is_first = rules.needs_second(changing.standing(case))
    action = Action.REFUSAL_PROPOSED if is_first else Action.REFUSED
    changing.check(case, action, actor=actor, seen=seen)
    if not reason_code.strip():
        raise Invalid(_l("Say why the case is refused."), field="reason")
    case.refusal_code = reason_code.strip()[:32]
    case.refusal_note = note.strip()[:LONGEST_NOTE] or None
    details = {"reason": case.refusal_code}
    if action is Action.REFUSED:
        details["until_on"] = _last_day_of_appeal(case)
    return changing.apply(case, action, actor=actor, key=key, details=details)


def _last_day_of_appeal(case: Case) -> str:
    """Return until when an appeal is taken, as the citizen is told now; empty where none is."""
    post = case.service.post
    last = appeals.last_day(clock.today(post.zone), post.appeal_days)
    return last.isoformat() if last else ""


def withdraw(reference: str, *, actor: Actor, seen: int, key: str) -> Case:
    """Withdraw a case that was sent; a draft is discarded instead."""
    return change(
        changing.lock_named(reference, actor), Action.WITHDRAWN, actor=actor, key=key, seen=seen
    )


def visit_completed(
    reference: str,
    *,
    actor: Actor,
    seen: int,
    key: str,
    details: Mapping[str, object] | None = None,
) -> Case:
    """Note that everything was done at the counter, or that no visit was needed."""
    case = changing.lock_named(reference, actor)
    return change(case, Action.VISIT_COMPLETED, actor=actor, key=key, seen=seen, details=details)


def produced(reference: str, *, actor: Actor, seen: int, key: str) -> Case:
    """Note that the document is ready."""
    return change(
        changing.lock_named(reference, actor), Action.PRODUCED, actor=actor, key=key, seen=seen
    )


def record_booking(
    case: Case,
    action: Action,
    *,
    actor: Actor,
    key: str,
    details: Mapping[str, object] | None = None,
) -> Case:
    """Note what happened to the appointment of a case; appointments does the rest."""
    return note_booking(changing.lock(case.id), action, actor=actor, key=key, details=details)


def note_booking(
    case: Case,
    action: Action,
    *,
    actor: Actor,
    key: str,
    details: Mapping[str, object] | None = None,
) -> Case:
    """Do as record_booking for a whole case that is locked."""
    if action not in rules.BOOKING_ACTIONS:
        raise ValueError(action)
    if not changing.is_done(case, key):
        changing.check(case, action, actor=actor, seen=None)
        changing.apply(case, action, actor=actor, key=key, details=details)
    return case


def lapse(asked: CorrectionRound) -> None:
    """Close a case whose correction was not sent in time; nothing when it was, or got more time."""
    case = changing.lock(asked.case_id)
    db.session.refresh(asked)
    if asked.closed_at is not None or asked.until_on >= clock.today(case.service.post.zone):
        return
    change(case, Action.LAPSED, actor=SYSTEM, key=f"lapse/{asked.uid}")
