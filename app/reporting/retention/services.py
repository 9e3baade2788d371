"""The steps in which a request goes: planned, announced, closed, erased; and what holds it up."""

import logging
from datetime import date, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.audit import services as audit
from app.cases.models import Case
from app.catalogue import kept
from app.catalogue import queries as catalogue
from app.catalogue.definition.outcomes import Outcome
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.db import db, insert_new, new_uid
from app.core.errors import Conflict, Invalid, NotFound
from app.notifications import services as notifications
from app.reporting.retention import erasing, queries, rules
from app.reporting.retention.models import Erasure, Retention

logger = logging.getLogger(__name__)

AT_ONCE = 50
LEAST = timedelta(days=27)
"""Nothing is planned before, so that its citizen has a month and more, whatever is set."""


def plan() -> int:
    """Plan when the next requests go that have ended; return how many that were."""
    cases = queries.list_unplanned(clock.now() - LEAST, limit=AT_ONCE)
    rows = [{"case_id": case.id, "uid": new_uid(), "due_on": _due_on(case)} for case in cases]
    if rows:
        db.session.execute(insert_new(Retention, "case_id"), rows)
    return len(rows)


def _due_on(case: Case) -> date:
    post, outcome = catalogue.get_post(case.post_id), Outcome(case.state.value)
    keeping = catalogue.definition_of(case.pinned).keeping
    span = keeping.span(outcome) or kept.span_of(post, outcome)
    ended_on = clock.local(case.ended_at or clock.now(), post.zone).date()
    return rules.due_on(ended_on, span.months, span.days, least_months=keeping.least_months)


def announce() -> int:
    """Tell the citizens of the requests that go next; return how many plans that were."""
    today = clock.now().date()
    plans = queries.list_to_announce(today + rules.ANNOUNCED, limit=AT_ONCE)
    for one in plans:
        one.due_on = rules.announced_until(one.due_on, today)
        one.announced_at = clock.now()
        _tell(one)
        _record("announced", one.case, SYSTEM)
    return len(plans)


def _tell(one: Retention) -> None:
    case = one.case
    if case.account_id is None:
        return
    notifications.tell(
        "erasure_announced",
        account_id=case.account_id,
        dedupe=f"erasure/{case.uid}/{one.due_on.isoformat()}",
        payload={"reference": case.reference, "until_on": one.due_on.isoformat()},
        post_id=case.post_id,
        case_id=case.id,
    )


def close() -> int:
    """Close the requests whose last day has passed to all readers; return how many."""
    plans = queries.list_to_close(clock.now().date(), limit=AT_ONCE)
    for one in plans:
        one.case.closed_at = clock.now()
        _record("closed", one.case, SYSTEM)
    return len(plans)


def erase_next() -> list[str] | None:
    """Erase one request that was closed for long enough.

    Return the uids of the files to remove once the transaction has committed, None when there
    is nothing to erase.
    """
    plans = queries.list_to_erase(clock.now() - rules.CLOSED, limit=1)
    if not plans:
        return None
    db.session.execute(select(Case.id).where(Case.id == plans[0].case_id).with_for_update())
    # A head may have held it while the lock was waited for.
    again = queries.list_to_erase(clock.now() - rules.CLOSED, limit=1)
    is_still_due = again and again[0].case_id == plans[0].case_id
    return erase(plans[0].case_id) if is_still_due else []


def erase(case_id: int) -> list[str]:
    """Erase a request and leave its tombstone; return the uids of the files to remove after."""
    case = db.session.scalars(
        select(Case)
        .where(Case.id == case_id)
        .with_for_update(of=Case)
        .execution_options(populate_existing=True)
    ).one()
    case.closed_at = case.closed_at or clock.now()
    tombstone = _tombstone(case)
    files = erasing.erase(case)
    db.session.add(tombstone)
    _record("erased", case, SYSTEM)
    db.session.flush()
    logger.info("request erased", extra={"case_id": case_id, "files": len(files)})
    return files


def _tombstone(case: Case) -> Erasure:
    zone = catalogue.get_post(case.post_id).zone
    sent, ended = case.submitted_at, case.ended_at
    return Erasure(
        post_id=case.post_id,
        reference=case.reference,
        service=case.service.code,
        outcome=case.state.value,
        submitted_on=clock.local(sent, zone).date() if sent else None,
        ended_on=clock.local(ended, zone).date() if ended else None,
        erased_at=clock.now(),
    )


def find_to_replay(reference: str) -> int | None:
    """Return the key of a request that came back with an older copy, None for none."""
    erased = select(Erasure.id).where(Erasure.reference == reference).exists()
    return db.session.scalar(select(Case.id).where(Case.reference == reference, ~erased))


def hold(one: Retention, reason: str, *, actor: Actor) -> None:
    """Have a request be kept until a head lets it go; what was closed can be opened again.

    Raises Invalid without a reason, NotFound for one that was erased a moment ago.
    """
    if not reason.strip():
        raise Invalid(_l("Say why this request has to be kept."), field="reason")
    _lock(one)
    one.reason, one.held_at, one.held_by = reason, clock.now(), actor.id
    one.case.closed_at = None
    _record("held", one.case, actor)


def _lock(one: Retention) -> None:
    """Wait for whoever erases, keeps or lets go the request just now, and see what they did.

    Raises NotFound where it was erased.
    """
    case_id = one.case_id
    db.session.execute(select(Case.id).where(Case.id == case_id).with_for_update())
    # What is left of the request stays, its plan does not.
    planned = select(Retention.case_id).where(Retention.case_id == case_id)
    if db.session.scalar(planned) is None:
        raise NotFound()
    db.session.refresh(one)


def release(one: Retention, *, actor: Actor) -> None:
    """Let a request go that was held: it is announced anew. Raises Conflict if nothing held it."""
    _lock(one)
    if one.held_at is None:
        raise Conflict(_l("Nothing holds this request any more."))
    one.reason = one.held_at = one.held_by = one.announced_at = None
    _record("released", one.case, actor)


def _record(step: str, case: Case, actor: Actor) -> None:
    audit.record(
        f"erasure.{step}",
        actor=actor,
        object_kind="case",
        object_uid=case.uid,
        post_id=case.post_id,
    )
