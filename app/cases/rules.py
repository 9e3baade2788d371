"""What may happen to a case, and who may make it happen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.cases.item_rules import (
    ItemKind as ItemKind,  # items have rules of their own, and are known from here as well
)
from app.cases.item_rules import ItemState as ItemState
from app.cases.item_rules import is_mended as is_mended
from app.cases.item_rules import is_settled as is_settled
from app.cases.item_rules import verdicts as verdicts
from app.catalogue.definition.elements import (
    StepKind as StepKind,  # what a path is made of has one home
)


class State(StrEnum):
    """The public state of a case."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    ACTION_NEEDED = "action_needed"
    IN_PROGRESS = "in_progress"
    READY = "ready"
    COMPLETED = "completed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class Action(StrEnum):
    """What somebody does to a case; the name of the event that it leaves."""

    STARTED = "started"
    SUBMITTED = "submitted"
    TAKEN = "taken"
    RELEASED = "released"
    ITEM_DECIDED = "item_decided"
    WAIVER_GRANTED = "waiver_granted"
    WAIVER_REVOKED = "waiver_revoked"
    CORRECTION_ASKED = "correction_asked"
    IDENTITY_CORRECTED = "identity_corrected"
    ANSWERS_CORRECTED = "answers_corrected"
    CORRECTION_REVOKED = "correction_revoked"
    CORRECTION_EXTENDED = "correction_extended"
    RESUBMITTED = "resubmitted"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REFUSAL_PROPOSED = "refusal_proposed"
    GIVEN_BACK = "given_back"
    BOOKED = "booked"
    MOVED = "moved"
    BOOKING_CANCELLED = "booking_cancelled"
    CHECKED_IN = "checked_in"
    ARRIVAL_UNDONE = "arrival_undone"
    VISIT_COMPLETED = "visit_completed"
    CONSIGNED = "consigned"
    RETURNED = "returned"
    SENT_BACK = "sent_back"
    NOT_RETURNED = "not_returned"
    PRODUCED = "produced"
    HANDED_OVER = "handed_over"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    REVIVED = "revived"
    CLAIMED = "claimed"
    REOPENED = "reopened"
    TRANSFERRED = "transferred"
    APPEALED = "appealed"
    APPEAL_DISMISSED = "appeal_dismissed"
    PAID = "paid"
    PAYMENT_VOIDED = "payment_voided"


class StepState(StrEnum):
    """How far one step has come."""

    WAITING = "waiting"
    CURRENT = "current"
    DONE = "done"
    SKIPPED = "skipped"


ENDED = frozenset({State.COMPLETED, State.REFUSED, State.WITHDRAWN, State.LAPSED})
"""Nothing happens to such a case any more, unless it is revived or reopened."""
BROKEN_OFF = frozenset({State.REFUSED, State.WITHDRAWN, State.LAPSED})
"""Ended without its document: whatever was reserved for it is given back."""
OPEN = frozenset(State) - ENDED - {State.DRAFT}
"""What a post still has to work on."""
DECIDED = frozenset({State.COMPLETED, State.REFUSED, State.WITHDRAWN})
"""Over for good, unless it turns out to have been a mistake and is opened again."""
OWED = OPEN - {State.READY}
"""What can be late: a document that lies ready waits for the citizen, not for the post."""
WORKED = frozenset({State.READY, State.COMPLETED, State.REFUSED})
"""The post has done its work, and how long it took can be said."""

REGULAR = "regular"
"""The variant of a case that nobody asked to hurry."""
IN_REVIEW_KINDS = frozenset({StepKind.REVIEW, StepKind.SECOND_REVIEW})
_STEPS_OF_CITIZENS = frozenset({StepKind.PAYMENT, StepKind.APPOINTMENT})
BOOKING_ACTIONS = frozenset(
    {
        Action.BOOKED,
        Action.MOVED,
        Action.BOOKING_CANCELLED,
        Action.CHECKED_IN,
        Action.ARRIVAL_UNDONE,
    }
)
CONSIGNMENT_ACTIONS = frozenset(
    {Action.CONSIGNED, Action.RETURNED, Action.SENT_BACK, Action.NOT_RETURNED}
)
"""Papers leave for the capital; come back done; come back to be completed; are missed."""
_CHECKS = frozenset({Action.ITEM_DECIDED, Action.CORRECTION_ASKED})

WITHOUT_VISIT = "without_visit"
"""Noted with a visit that is completed though nobody had to come."""
UNBOOKED = frozenset({Action.BOOKING_CANCELLED, Action.REOPENED, Action.TRANSFERRED})
"""After these no appointment stands that was booked before."""

ENDINGS: dict[Action, frozenset[StepKind]] = {
    Action.ACCEPTED: IN_REVIEW_KINDS,
    Action.VISIT_COMPLETED: frozenset({StepKind.APPOINTMENT}),
    Action.RETURNED: frozenset({StepKind.CONSIGNMENT}),
    Action.PRODUCED: frozenset({StepKind.PRODUCTION}),
    Action.HANDED_OVER: frozenset({StepKind.HAND_OVER}),
    Action.PAID: frozenset({StepKind.PAYMENT}),
}
"""The action that ends the current step, and the kinds of step that it ends."""

_MOVES: dict[tuple[State, Action], State] = {
    (State.SUBMITTED, Action.TAKEN): State.IN_REVIEW,
    (State.IN_REVIEW, Action.TAKEN): State.IN_REVIEW,
    (State.ACTION_NEEDED, Action.TAKEN): State.ACTION_NEEDED,
    (State.IN_PROGRESS, Action.TAKEN): State.IN_PROGRESS,
    (State.READY, Action.TAKEN): State.READY,
    (State.SUBMITTED, Action.TRANSFERRED): State.SUBMITTED,
    (State.IN_REVIEW, Action.TRANSFERRED): State.SUBMITTED,
    (State.ACTION_NEEDED, Action.TRANSFERRED): State.ACTION_NEEDED,
    (State.IN_PROGRESS, Action.TRANSFERRED): State.IN_PROGRESS,
    (State.IN_REVIEW, Action.RELEASED): State.SUBMITTED,
    (State.IN_PROGRESS, Action.RELEASED): State.IN_PROGRESS,
    (State.ACTION_NEEDED, Action.RELEASED): State.ACTION_NEEDED,
    (State.READY, Action.RELEASED): State.READY,
    (State.IN_REVIEW, Action.ITEM_DECIDED): State.IN_REVIEW,
    (State.IN_REVIEW, Action.WAIVER_GRANTED): State.IN_REVIEW,
    (State.IN_PROGRESS, Action.WAIVER_GRANTED): State.IN_PROGRESS,
    (State.IN_REVIEW, Action.WAIVER_REVOKED): State.IN_REVIEW,
    (State.IN_PROGRESS, Action.WAIVER_REVOKED): State.IN_PROGRESS,
    (State.IN_PROGRESS, Action.ITEM_DECIDED): State.IN_PROGRESS,
    (State.IN_REVIEW, Action.CORRECTION_ASKED): State.ACTION_NEEDED,
    (State.IN_PROGRESS, Action.CORRECTION_ASKED): State.ACTION_NEEDED,
    (State.ACTION_NEEDED, Action.RESUBMITTED): State.IN_REVIEW,
    (State.ACTION_NEEDED, Action.CORRECTION_REVOKED): State.IN_REVIEW,
    (State.ACTION_NEEDED, Action.CORRECTION_EXTENDED): State.ACTION_NEEDED,
    (State.ACTION_NEEDED, Action.LAPSED): State.LAPSED,
    (State.IN_REVIEW, Action.REFUSED): State.REFUSED,
    (State.IN_PROGRESS, Action.REFUSED): State.REFUSED,
    (State.SUBMITTED, Action.WITHDRAWN): State.WITHDRAWN,
    (State.IN_REVIEW, Action.WITHDRAWN): State.WITHDRAWN,
    (State.ACTION_NEEDED, Action.WITHDRAWN): State.WITHDRAWN,
    (State.IN_PROGRESS, Action.WITHDRAWN): State.WITHDRAWN,
}
"""What happens without ending a step."""
_STAYS: dict[Action, frozenset[State]] = {
    Action.IDENTITY_CORRECTED: OPEN,
    Action.PAID: OPEN,
    Action.ANSWERS_CORRECTED: OPEN - {State.ACTION_NEEDED},
    Action.CLAIMED: frozenset(State) - {State.DRAFT},
    Action.APPEALED: frozenset({State.REFUSED}),
    Action.APPEAL_DISMISSED: frozenset({State.REFUSED}),
}
"""What moves nothing, and in which states it happens."""
_BACK: dict[Action, frozenset[State]] = {
    Action.REVIVED: frozenset({State.LAPSED}),
    Action.REOPENED: DECIDED,
}
"""The ways back from an end."""


class Impossible(ValueError):
    """The state does not allow the action."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a case stands: its public state and its steps."""

    state: State
    path: tuple[StepKind, ...]
    steps: tuple[StepState, ...]
    is_away: bool = False
    """Whether the papers are with another authority, in a consignment that has left."""

    @property
    def current(self) -> StepKind | None:
        """The kind of the step that is being taken, if any."""
        for kind, state in zip(self.path, self.steps, strict=True):
            if state is StepState.CURRENT:
                return kind
        return None


def begin(path: Sequence[StepKind]) -> Standing:
    """Return where a new draft stands on the path of its pinned version."""
    return Standing(
        state=State.DRAFT, path=tuple(path), steps=tuple(StepState.WAITING for _ in path)
    )


def after(standing: Standing, action: Action) -> Standing:
    """Return where an action leads; raise Impossible where the state does not allow it."""
    moved = _along_the_path(standing, action)
    if moved is not None:
        return moved
    state = _MOVES.get((standing.state, action))
    if state is None or _is_barred(standing, action):
        raise Impossible(f"{action.value} in {standing.state.value}")
    if state is State.IN_REVIEW and standing.current not in IN_REVIEW_KINDS:
        state = State.IN_PROGRESS  # What was mended is looked at where the case stands.
    if state in BROKEN_OFF:
        steps = tuple(map(_skipped, standing.steps))
        return replace(standing, state=state, steps=steps, is_away=False)
    return replace(standing, state=state)


def _along_the_path(standing: Standing, action: Action) -> Standing | None:
    """Return where an action leads that hangs on the steps, or moves nothing; None for others."""
    if action is Action.SUBMITTED and standing.state is State.DRAFT:
        return _go_on(standing, to=0)
    if standing.state in _BACK.get(action, frozenset()):
        return _reopened(standing) if action is Action.REOPENED else _come_back(standing)
    if action in CONSIGNMENT_ACTIONS and _waits_for_pouch(standing):
        return _travel(standing, action)
    if _ends_step(standing, action):
        return _go_on(standing, to=standing.steps.index(StepState.CURRENT) + 1)
    if action is Action.PAYMENT_VOIDED and standing.state in OPEN:
        return _pay_again(standing)
    if action is Action.REFUSAL_PROPOSED and needs_second(standing):
        return _go_on(standing, to=standing.path.index(StepKind.SECOND_REVIEW))
    if action is Action.GIVEN_BACK and standing.state is State.IN_REVIEW:
        return _look_anew(standing)
    return standing if _leaves_as_is(standing, action) else None


def needs_second(standing: Standing) -> bool:
    """Return whether what is decided in this review is looked at by a second officer after it."""
    reviewed = standing.state is State.IN_REVIEW and standing.current is StepKind.REVIEW
    steps = zip(standing.path, standing.steps, strict=True)
    return reviewed and (StepKind.SECOND_REVIEW, StepState.WAITING) in steps


def _waits_for_pouch(standing: Standing) -> bool:
    return standing.state is State.IN_PROGRESS and standing.current is StepKind.CONSIGNMENT


def _is_barred(standing: Standing, action: Action) -> bool:
    # Papers that are away come back to the post that sent them; those that came back to be
    # completed are checked once more. Where a service wants two pairs of eyes, the first officer
    # refuses nothing alone.
    if action is Action.TRANSFERRED:
        return standing.is_away
    if action in _CHECKS and standing.state is State.IN_PROGRESS:
        return standing.is_away or not _waits_for_pouch(standing)
    return action is Action.REFUSED and needs_second(standing)


def _look_anew(standing: Standing) -> Standing | None:
    """Return to the first officer from the second one, whose work goes on without the queue."""
    if standing.current is not StepKind.SECOND_REVIEW or StepKind.REVIEW not in standing.path:
        return None
    moved = _go_on(standing, to=standing.path.index(StepKind.REVIEW))
    return replace(moved, state=State.IN_REVIEW)


def _leaves_as_is(standing: Standing, action: Action) -> bool:
    if action in BOOKING_ACTIONS:
        return standing.current is StepKind.APPOINTMENT
    return standing.state in _STAYS.get(action, frozenset())


def waits_for_citizen(standing: Standing) -> bool:
    """Return whether the next move is the citizen's: to mend, to pay, or to choose a day and come.

    The promised time is the post's own (issue 4): it stands still meanwhile.
    """
    if standing.state is State.ACTION_NEEDED:
        return True
    return standing.state not in ENDED and standing.current in _STEPS_OF_CITIZENS


def stands_still(standing: Standing) -> bool:
    """Return whether the clock stops: somebody else than the post has the next move."""
    return standing.is_away or waits_for_citizen(standing)


def _travel(standing: Standing, action: Action) -> Standing:
    """Return where papers are after a leg of their way; they leave once before they come back."""
    if (action is Action.CONSIGNED) is standing.is_away:
        raise Impossible(action.value)
    if action is Action.RETURNED:
        return _go_on(standing, to=standing.steps.index(StepState.CURRENT) + 1)
    return replace(standing, is_away=action is not Action.SENT_BACK)


def _ends_step(standing: Standing, action: Action) -> bool:
    if standing.current is None or standing.current not in ENDINGS.get(action, frozenset()):
        return False
    # A review is ended by whoever has the case before them, never while the citizen mends it.
    return action is not Action.ACCEPTED or standing.state is State.IN_REVIEW


def _go_on(standing: Standing, *, to: int) -> Standing:
    steps = tuple(_step_state(n, to) for n in range(len(standing.path)))
    moved = replace(standing, steps=steps, is_away=False)
    return replace(moved, state=_state_at(moved.current))


def _reopened(standing: Standing) -> Standing:
    """Return to the first review, whoever decided: no pair of eyes is left out."""
    reviews = [n for n, kind in enumerate(standing.path) if kind in IN_REVIEW_KINDS]
    return _go_on(standing, to=min(reviews, default=0))


def _pay_again(standing: Standing) -> Standing:
    """Return to the step of payment while nobody has begun with what comes after it.

    Papers that are away stay where they are; what was booked or sealed only services know.
    """
    if standing.is_away or standing.current is None:
        return standing
    if standing.state is not _state_at(standing.current):
        return standing
    before = standing.steps.index(StepState.CURRENT) - 1
    if before < 0 or standing.path[before] is not StepKind.PAYMENT:
        return standing
    return _go_on(standing, to=before)


def _come_back(standing: Standing) -> Standing:
    """Return to the review in which the citizen was asked; what was skipped lies ahead again."""
    done = standing.steps.count(StepState.DONE)
    return replace(_go_on(standing, to=done), state=State.ACTION_NEEDED)


def _step_state(position: int, current: int) -> StepState:
    if position < current:
        return StepState.DONE
    return StepState.CURRENT if position == current else StepState.WAITING


def _state_at(kind: StepKind | None) -> State:
    """Return the public state at a step that has just begun."""
    if kind is None:
        return State.COMPLETED
    if kind in IN_REVIEW_KINDS:
        return State.SUBMITTED
    return State.READY if kind is StepKind.HAND_OVER else State.IN_PROGRESS


def _skipped(step: StepState) -> StepState:
    return step if step is StepState.DONE else StepState.SKIPPED


def replay(path: Sequence[StepKind], actions: Iterable[Action]) -> Standing:
    """Return where a case stands after all that happened to it since it was started."""
    standing = begin(path)
    for action in actions:
        if action is not Action.STARTED:
            standing = after(standing, action)
    return standing


def is_possible(standing: Standing, action: Action) -> bool:
    """Return whether the state allows the action, whoever asks."""
    try:
        after(standing, action)
    except Impossible:
        return False
    return True
