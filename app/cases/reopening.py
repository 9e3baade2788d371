"""A case that was decided, opened again with a reason: back into review, with all that it has."""

from flask_babel import lazy_gettext as _l

from app.cases import changing, competence, grounds, queries
from app.cases.appeals import queries as appeals
from app.cases.models import Case
from app.cases.rules import Action
from app.catalogue.definition.elements import Decider
from app.core.actor import Actor
from app.core.errors import NotAllowed

NOT_NOW = _l("An appeal waits: decide it, and the request is opened again by that.")


def reopen(reference: str, *, ground: str, actor: Actor, seen: int, key: str) -> Case:
    """Take back the end of a case that was completed, refused or withdrawn, and return it.

    Items keep their verdicts, the path begins at its first review, what was issued is revoked.
    The promised day moves by the working days that lay between, and how long the post took is
    measured anew at the real end. Raises Invalid without a ground, NotAllowed for an officer whom
    the service does not let do it.
    """
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    changing.check(case, Action.REOPENED, actor=actor, seen=seen)
    if not may_reopen(case, actor):
        raise NotAllowed(NOT_NOW if appeals.is_open(case.id) else None)
    ground = grounds.checked(ground)
    return carry_out(case, ground, actor=actor, key=key, details={"from": case.state.value})


def carry_out(
    case: Case, ground: str, *, actor: Actor, key: str, details: changing.Details
) -> Case:
    """Open a locked case again, once its caller has checked who may."""
    case.refusal_code = case.sealed_refusal_note = None
    case = changing.apply(case, Action.REOPENED, actor=actor, key=key, details=details)
    grounds.keep(case, ground)
    return case


def may_reopen(case: Case, actor: Actor) -> bool:
    """Return whether this actor could open the case again now."""
    offered = Action.REOPENED in competence.offers(changing.standing(case), actor)
    if not offered or appeals.is_open(case.id):
        return False
    has_decided = queries.has_decided(case.id, actor)
    return competence.may_reopen(actor, _deciders(case), has_decided=has_decided)


def _deciders(case: Case) -> set[Decider]:
    return {one for step in queries.definition(case).path for one in step.decided_by}
