"""Who may make what happen to a case, and whose act it is while an officer has it in hand."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.cases.rules import (
    CONSIGNMENT_ACTIONS,
    ENDINGS,
    IN_REVIEW_KINDS,
    Action,
    Standing,
    StepKind,
    is_possible,
)
from app.catalogue.definition.elements import Decider
from app.core.actor import Actor, ActorKind, Role

_CITIZEN = frozenset(
    {
        Action.STARTED,
        Action.SUBMITTED,
        Action.RESUBMITTED,
        Action.WITHDRAWN,
        Action.REVIVED,
        Action.CLAIMED,
        Action.APPEALED,
        Action.BOOKED,
        Action.MOVED,
        Action.BOOKING_CANCELLED,
    }
)
_SYSTEM = frozenset(
    {
        Action.LAPSED,
        Action.MOVED,
        Action.BOOKING_CANCELLED,
        Action.CHECKED_IN,
        Action.RELEASED,
        Action.PAID,
    }
)
_REVIEWERS = frozenset({Role.OFFICER, Role.HEAD})
_DECIDING = _REVIEWERS | {Role.SECOND_REVIEWER}
"""Who may end a review; a second reviewer where a second pair of eyes is asked for alone."""
AT_THE_DOOR = _REVIEWERS | {Role.RECEPTIONIST}
"""Who deals with visitors, and may file and mend for one of them."""
_TAKING_MONEY = frozenset({Role.CASHIER, Role.HEAD})
_STAFF: dict[Action, frozenset[Role]] = {
    Action.STARTED: AT_THE_DOOR,
    Action.SUBMITTED: AT_THE_DOOR,
    Action.RESUBMITTED: AT_THE_DOOR,
    Action.WITHDRAWN: AT_THE_DOOR,
    Action.BOOKED: AT_THE_DOOR,
    Action.MOVED: AT_THE_DOOR,
    Action.BOOKING_CANCELLED: AT_THE_DOOR,
    Action.CHECKED_IN: AT_THE_DOOR,
    Action.ARRIVAL_UNDONE: AT_THE_DOOR,
    Action.HANDED_OVER: AT_THE_DOOR,
    Action.TAKEN: _DECIDING,
    Action.RELEASED: _DECIDING,
    Action.ITEM_DECIDED: _REVIEWERS,
    Action.WAIVER_GRANTED: _REVIEWERS,
    Action.WAIVER_REVOKED: _REVIEWERS,
    Action.CORRECTION_ASKED: _REVIEWERS,
    Action.IDENTITY_CORRECTED: _REVIEWERS,
    Action.ANSWERS_CORRECTED: _REVIEWERS,
    Action.CORRECTION_REVOKED: _REVIEWERS,
    Action.CORRECTION_EXTENDED: _REVIEWERS,
    Action.REVIVED: _REVIEWERS,
    Action.REOPENED: _REVIEWERS,
    Action.TRANSFERRED: frozenset({Role.HEAD}),
    Action.APPEAL_DISMISSED: frozenset({Role.HEAD}),
    Action.ACCEPTED: _DECIDING,
    Action.REFUSED: _DECIDING,
    Action.REFUSAL_PROPOSED: _REVIEWERS,
    Action.GIVEN_BACK: _DECIDING,
    Action.VISIT_COMPLETED: _REVIEWERS,
    Action.PRODUCED: _REVIEWERS,
    **dict.fromkeys(CONSIGNMENT_ACTIONS, _REVIEWERS),
    Action.PAID: _REVIEWERS | {Role.CASHIER},
    Action.PAYMENT_VOIDED: _TAKING_MONEY,
}
_OF_THE_HOLDER = frozenset(
    {
        Action.ITEM_DECIDED,
        Action.CORRECTION_ASKED,
        Action.CORRECTION_REVOKED,
        Action.CORRECTION_EXTENDED,
        Action.IDENTITY_CORRECTED,
        Action.ANSWERS_CORRECTED,
        Action.ACCEPTED,
        Action.REFUSAL_PROPOSED,
        Action.GIVEN_BACK,
        Action.RELEASED,
    }
)


def is_permitted(action: Action, actor: Actor) -> bool:
    """Return whether somebody of this kind and these roles may ever do this."""
    if actor.kind is ActorKind.CITIZEN:
        return action in _CITIZEN
    if actor.kind is ActorKind.SYSTEM:
        return action in _SYSTEM
    return bool(actor.roles & _STAFF.get(action, frozenset()))


def role_for(action: Action, actor: Actor) -> Role | None:
    """Return in which of their roles staff do something, the least that may; None for others."""
    allowed = actor.roles & _STAFF.get(action, frozenset())
    return next((role for role in Role if role in allowed), None)


_DECIDERS: dict[Decider, frozenset[Role]] = {
    Decider.OFFICER: frozenset({Role.OFFICER}),
    Decider.SECOND_REVIEWER: frozenset({Role.SECOND_REVIEWER}),
    Decider.HEAD: frozenset({Role.HEAD}),
}
"""Whose role a service may ask for.

At a post that has no second reviewer, it is any officer or the head. Whoever decided before in a
case is its second reviewer in no way.
"""

DECISIONS = frozenset({Action.ACCEPTED, Action.REFUSED, Action.REFUSAL_PROPOSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A review that somebody wants to end."""

    kind: StepKind | None
    deciders: tuple[Decider, ...] = ()
    """Whom the service names; nobody: any officer, and a second reviewer of a second review."""
    decided_before: bool = False
    """Whether who asks has accepted this case at an earlier step."""
    has_reviewers: bool = False
    """Whether the post has second reviewers, who then are the ones that are meant."""


def may_decide(review: Review, actor: Actor) -> bool:
    """Return whether a service leaves the end of a review to this actor."""
    if not review.deciders:
        return not only_reviews(actor) or review.kind is StepKind.SECOND_REVIEW
    return any(_is_named(one, review, actor) for one in review.deciders)


def _is_named(one: Decider, review: Review, actor: Actor) -> bool:
    if one is not Decider.SECOND_REVIEWER:
        return actor.has_role(*_DECIDERS[one])
    meant = _DECIDERS[one] if review.has_reviewers else _DECIDING
    return actor.has_role(*meant) and not review.decided_before


def only_reviews(actor: Actor) -> bool:
    """Return whether somebody is a second reviewer and no officer: no first look is theirs."""
    return actor.has_role(Role.SECOND_REVIEWER) and not actor.has_role(*_REVIEWERS)


def kinds_for(actor: Actor) -> frozenset[StepKind]:
    """Return the kinds of step that this actor may end: only such work is given to them."""
    kinds = frozenset(
        kind for action, kinds in ENDINGS.items() if is_permitted(action, actor) for kind in kinds
    )
    return kinds & {StepKind.SECOND_REVIEW} if only_reviews(actor) else kinds


def offers(standing: Standing, actor: Actor) -> frozenset[Action]:
    """Return what this actor could do to the case now; holding it is not asked."""
    return frozenset(
        action for action in Action if is_permitted(action, actor) and is_possible(standing, action)
    )


def needs_holder(standing: Standing, action: Action) -> bool:
    """Return whether only the officer who has taken the case may do this.

    A review is one person's work; what comes later is done by whoever is at the counter.
    """
    if action in _OF_THE_HOLDER:
        return True
    return action is Action.REFUSED and standing.current in IN_REVIEW_KINDS


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
