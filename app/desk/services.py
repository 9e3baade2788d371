"""What an officer does with one press of a button, made of the steps of a case."""

import hashlib
from collections.abc import Mapping
from datetime import date

from app.cases import changing
from app.cases import queries as case_queries
from app.cases import services as cases
from app.cases.models import Case, CaseItem
from app.cases.services import ItemDecision
from app.core.actor import Actor
from app.core.errors import Conflict

Decisions = Mapping[str, ItemDecision]


def judge(reference: str, decisions: Decisions, *, actor: Actor, seen: int, key: str) -> Case:
    """Write the verdicts that differ from what stands; return the case.

    Raises Conflict when the case went on meanwhile, even when there is nothing to write.
    """
    _write(reference, decisions, actor=actor, seen=seen, key=key)
    case = case_queries.get_case(reference, actor)
    # An old page on which nothing was changed has nothing to write, and its reader believes that
    # what it shows still stands. The same form sent twice has moved the case on by itself.
    if case.version != seen + changing.is_done(case, _items_key(key, decisions)):
        raise Conflict()
    return case


def judge_and_ask(
    reference: str, decisions: Decisions, *, until_on: date, actor: Actor, seen: int, key: str
) -> Case:
    """Write the verdicts and ask the citizen to mend what was rejected."""
    now = _write(reference, decisions, actor=actor, seen=seen, key=key)
    ask_key = part_of_key(key, "ask")
    return cases.ask_correction(reference, until_on=until_on, actor=actor, seen=now, key=ask_key)


def judge_and_accept(
    reference: str, decisions: Decisions, *, actor: Actor, seen: int, key: str
) -> Case:
    """Write the verdicts and accept the request."""
    now = _write(reference, decisions, actor=actor, seen=seen, key=key)
    return cases.accept(reference, actor=actor, seen=now, key=part_of_key(key, "accept"))


def _write(reference: str, decisions: Decisions, *, actor: Actor, seen: int, key: str) -> int:
    """Return the version to go on with: `seen` itself when there was nothing to write."""
    case = case_queries.get_case(reference, actor)
    changed = {uid: one for uid, one in decisions.items() if _differs(case, uid, one)}
    if not changed:
        return seen
    items_key = _items_key(key, decisions)
    return cases.decide_items(reference, changed, actor=actor, seen=seen, key=items_key).version


def _items_key(key: str, decisions: Decisions) -> str:
    """Return the key of writing these verdicts: by way of "back" others are another wish."""
    return part_of_key(key, f"items/{sorted((uid, _meant(one)) for uid, one in decisions.items())}")


def part_of_key(key: str, part: str) -> str:
    """Return an idempotency key for one of several steps under the key of a form."""
    return hashlib.sha256(f"{key}/{part}".encode()).hexdigest()[:32]


def _differs(case: Case, uid: str, decision: ItemDecision) -> bool:
    item = next((one for one in case.items if one.uid == uid), None)
    return item is None or _standing(item) != _meant(decision)


def _standing(item: CaseItem) -> tuple[str, str | None, str]:
    return item.state.value, item.reason_code, item.note or ""


def _meant(decision: ItemDecision) -> tuple[str, str | None, str]:
    return decision.verdict.value, decision.reason_code, decision.note
