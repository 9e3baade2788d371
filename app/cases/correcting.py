"""Answers in which staff mend a slip, with a trace: what stood there is kept."""

from collections.abc import Mapping

from app.cases import changing, competence, contents, finding, queries
from app.cases.models import Case, CaseAnswers
from app.cases.rules import Action, ItemKind
from app.core import clock
from app.core.actor import Actor
from app.core.db import db
from app.core.errors import NotFound


def correct_answers(
    reference: str,
    page_key: str,
    values: Mapping[str, object],
    *,
    actor: Actor,
    seen: int,
    key: str,
) -> Case:
    """Write a page of answers as the papers show it; the event and the record name fields only.

    The answers before stay as an earlier revision, and a verdict on the page stands. The same
    answers again change nothing. Raises NotFound for a page that this applicant was not asked.
    """
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    changing.check(case, Action.ANSWERS_CORRECTED, actor=actor, seen=seen)
    if page_key not in {page.key for page in contents.shown_pages(case)}:
        raise NotFound()
    item = queries.find_item(case, ItemKind.ANSWERS, page_key)
    newest = queries.newest_answers(item)
    stood = (newest.values or {}) if newest else {}
    fields = sorted(name for name in {*stood, *values} if stood.get(name) != values.get(name))
    if not fields:
        return case

    row = CaseAnswers(item=item, revision=newest.revision + 1 if newest else 1)
    row.values, row.saved_at = dict(values), clock.now()
    db.session.add(row)
    db.session.flush()
    finding.index(case)
    details = {"page": page_key, "fields": fields}
    return changing.apply(case, Action.ANSWERS_CORRECTED, actor=actor, key=key, details=details)


def may_correct_answers(case: Case, actor: Actor) -> bool:
    """Return whether this actor could correct the answers of a case now."""
    standing, action = changing.standing(case), Action.ANSWERS_CORRECTED
    if action not in competence.offers(standing, actor):
        return False
    return competence.stands_in(action, actor) or changing.is_holder(case, actor)
