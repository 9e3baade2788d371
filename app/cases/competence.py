"""Whose act something is: that of the officer who has the case in hand, or of somebody for them."""

from collections.abc import Iterable

from app.cases import rules
from app.cases.rules import Action, Standing
from app.catalogue.definition.elements import Decider
from app.core.actor import Actor, ActorKind, Role

_OF_THE_HOLDER = frozenset(
    {
        Action.ITEM_DECIDED,
        Action.CORRECTION_ASKED,
        Action.CORRECTION_REVOKED,
        Action.CORRECTION_EXTENDED,
        Action.IDENTITY_CORRECTED,
        Action.ANSWERS_CORRECTED,
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
    gives more time for it, and corrects the details of a person and the answers. The cases of
    whoever is away go back by themselves.
    """
    if actor.kind is ActorKind.SYSTEM:
        return action is Action.RELEASED
    of_the_head = {
        Action.CORRECTION_REVOKED,
        Action.CORRECTION_EXTENDED,
        Action.IDENTITY_CORRECTED,
        Action.ANSWERS_CORRECTED,
    }
    return action in of_the_head and actor.has_role(Role.HEAD)


def may_reopen(actor: Actor, deciders: Iterable[Decider], *, has_decided: bool) -> bool:
    """Return whether somebody may open again what is decided.

    The head may. An officer may where the service has its decisions looked at by a second pair of
    eyes, and only what they did not decide themselves.
    """
    if actor.has_role(Role.HEAD):
        return True
    by_officer = actor.has_role(Role.OFFICER) and Decider.SECOND_REVIEWER in set(deciders)
    return by_officer and not has_decided
