"""Filing an appeal against a refusal, and deciding it: the refusal stands, or the case goes on."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from app.accounts import queries as accounts
from app.cases import changing, reopening
from app.cases import queries as cases
from app.cases.appeals import queries, rules
from app.cases.appeals.models import Appeal, AppealFile
from app.cases.models import Case
from app.cases.rules import Action
from app.cases.talk import texts
from app.core import clock
from app.core.actor import Actor, Role
from app.core.db import db
from app.core.errors import Conflict, Invalid, NotAllowed
from app.documents import services as documents
from app.documents.services import Upload


def file(
    reference: str, words: str, *, uploads: Sequence[Upload] = (), actor: Actor, key: str
) -> Case:
    """File the appeal of a citizen against the refusal of their case, and return the case.

    Raises Invalid for a second appeal, one that comes too late, a text that is empty or too long,
    or too many files.
    """
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    changing.check(case, Action.APPEALED, actor=actor, seen=None)
    _check_first_and_in_time(case)
    if len(uploads) > rules.MOST_FILES:
        raise Invalid(_l("Attach %(most)s files at most."), field="file", most=rules.MOST_FILES)

    appeal = Appeal(
        case_id=case.id,
        data_key=case.data_key,
        filed_at=clock.now(),
        refused_by=_refuser_of(case),
    )
    appeal.words = texts.checked(words)
    case.appealed_at = appeal.filed_at
    db.session.add(appeal)
    db.session.flush()
    for upload in uploads:
        document = documents.keep(upload, data_key=case.data_key)
        db.session.add(AppealFile(appeal_id=appeal.id, document=document))
    return changing.apply(case, Action.APPEALED, actor=actor, key=key)


def _refuser_of(case: Case) -> int | None:
    refusal = queries.find_refusal(case.id)
    return refusal.actor_id if refusal is not None else None


def _check_first_and_in_time(case: Case) -> None:
    if queries.find(case.id) is not None:
        raise Invalid(_l("An appeal against this refusal was filed already; there is one only."))
    if not queries.may_file(case):
        raise Invalid(_l("The time in which an appeal is taken is over."))


def dismiss(reference: str, answer: str, *, actor: Actor, seen: int, key: str) -> Case:
    """Let the refusal stand, with the reasons that the citizen reads.

    Raises NotAllowed for whoever refused, Conflict when nothing waits to be decided.
    """
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    changing.check(case, Action.APPEAL_DISMISSED, actor=actor, seen=seen)
    _decide(case, answer, actor, is_granted=False)
    return changing.apply(case, Action.APPEAL_DISMISSED, actor=actor, key=key)


def grant(reference: str, answer: str, *, actor: Actor, seen: int, key: str) -> Case:
    """Open the case again, with the reasons that the citizen reads; raises as `dismiss`."""
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    changing.check(case, Action.REOPENED, actor=actor, seen=seen)
    appeal = _decide(case, answer, actor, is_granted=True)
    details = {"from": case.state.value, "appeal": appeal.uid}
    return reopening.carry_out(case, appeal.answer or "", actor=actor, key=key, details=details)


def _decide(case: Case, answer: str, actor: Actor, *, is_granted: bool) -> Appeal:
    appeal = queries.find(case.id)
    if appeal is None or appeal.decided_at is not None:
        raise Conflict()
    if not may_decide(appeal, actor):
        raise NotAllowed(_l("An appeal is decided by the head, and never by who refused."))
    appeal.answer = texts.checked(answer, field="answer")
    appeal.decided_by, appeal.decided_at = actor.id, clock.now()
    appeal.is_granted, case.appealed_at = is_granted, None
    db.session.flush()
    return appeal


def lacks_decider(case: Case, actor: Actor) -> bool:
    """Return whether nobody could decide an appeal if the actor refused: no other head is there."""
    if not case.service.post.appeal_days:
        return False
    first = cases.find_first_look(case.id)
    refusing = {actor.id, first.actor_id if first else None}
    heads = accounts.list_colleagues(case.post_id, (Role.HEAD,))
    return all(one.id in refusing for one in heads)


def may_decide(appeal: Appeal, actor: Actor) -> bool:
    """Return whether somebody may decide an appeal that waits; whoever proposed it refused too."""
    first = cases.find_first_look(appeal.case_id)
    if first is not None and first.action is Action.REFUSAL_PROPOSED and first.actor_id == actor.id:
        return False
    return appeal.decided_at is None and rules.may_decide(actor, refused_by=appeal.refused_by)
