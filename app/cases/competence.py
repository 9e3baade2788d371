"""Whose act something is: that of the officer who has the case in hand, or of somebody for them."""

from app.cases import rules
from app.cases.rules import Action, Standing
from app.core.actor import Actor, ActorKind, Role

_OF_THE_HOLDER = frozenset(
    {
        Action.ITEM_DECIDED,
        Action.CORRECTION_ASKED,
        Action.CORRECTION_REVOKED,
        Action.CORRECTION_EXTENDED,
        Action.IDENTITY_CORRECTED,
        Action.ACCEPTED,
        Action.RELEASED,
    }
)


def needs_holder(standing: Standing, action: Action) -> bool:
    """Return whether only the officer who has taken the case may do this.

    A review is one person's work; what comes later is done by whoever is at the counter.
    """
    if action in _OF_THE_HOLDER:
        return True
    return action is Action.REFUSED and standing.current in rules.IN_REVIEW_KINDS


def stands_in(action: Action, actor: Actor) -> bool:
    """Return whether somebody may do this for the officer who has the case in hand.

    The head withdraws a question whose officer is away, so that no citizen waits for nothing,
    gives more time for it, and corrects the details of a person. The cases of whoever is away go
    back by themselves.
    """
    if actor.kind is ActorKind.SYSTEM:
        return action is Action.RELEASED
    of_the_head = {
        Action.CORRECTION_REVOKED,
        Action.CORRECTION_EXTENDED,
        Action.IDENTITY_CORRECTED,
    }
    return action in of_the_head and actor.has_role(Role.HEAD)
