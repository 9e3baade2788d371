"""Taking back a waiver that was granted wrongly, as long as nothing came of it."""

from flask_babel import lazy_gettext as _l

from app.cases import bills, changing, competence, grounds, queries
from app.cases.models import Case
from app.cases.rules import Action, StepKind, StepState
from app.catalogue.definition.charges import Waiver
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound

USED = _l("The fee was paid or passed over already: the waiver cannot be taken back any more.")
_DONE = frozenset({StepState.DONE, StepState.SKIPPED})


def revoke(
    reference: str, waiver_key: str, *, ground: str, actor: Actor, seen: int, key: str
) -> Case:
    """Take back one waiver of a case, so that its fee is due again; return the case.

    One officer grants a waiver, and one takes it back: each leaves an event and a reason. Raises
    Invalid without a ground, NotFound for a waiver that was not granted, Conflict for one that
    was used: money was taken since, or the step of the payment is over.
    """
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    changing.check(case, Action.WAIVER_REVOKED, actor=actor, seen=seen)
    ground = grounds.checked(ground)
    if waiver_key not in {one.key for one in granted(case)}:
        raise NotFound()
    if is_used(case):
        raise Conflict(USED)
    # Why it was granted stays with the case, sealed as before.
    case.granted = [one for one in case.granted if one != waiver_key]
    details = {"waiver": waiver_key, "total": dict(bills.bill_of(case).total)}
    case = changing.apply(case, Action.WAIVER_REVOKED, actor=actor, key=key, details=details)
    grounds.keep(case, ground)
    return case


def granted(case: Case) -> list[Waiver]:
    """Return the waivers that officers granted for a case and did not take back."""
    return [one for one in queries.definition(case).waivers if one.key in case.granted]


def may_revoke(case: Case, actor: Actor) -> bool:
    """Return whether this actor could take a waiver of the case back now."""
    offered = Action.WAIVER_REVOKED in competence.offers(changing.standing(case), actor)
    return offered and bool(granted(case)) and not is_used(case)


def is_used(case: Case) -> bool:
    """Return whether money was taken for a case, or the step is over at which it would be."""
    if any(one.kind is StepKind.PAYMENT and one.state in _DONE for one in case.steps):
        return True
    actions = [one.action for one in queries.list_events(case.id)]
    return actions.count(Action.PAID) > actions.count(Action.PAYMENT_VOIDED)
