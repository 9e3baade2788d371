"""When a document may be issued for a case, by its path, and what stands at its end."""

from app.cases.rules import BROKEN_OFF, IN_REVIEW_KINDS, Standing, State, StepKind, StepState

SHOWN = 4
"""Of a number, so many last characters are shown to whoever verifies a document."""


def may_issue(standing: Standing) -> bool:
    """Return whether the document can be made now.

    Where the path has a step for it, from that step on; else once all reviews are done and the
    papers are back from the capital, if they go there.
    """
    if standing.state in BROKEN_OFF or standing.state is State.DRAFT:
        return False
    states = dict(zip(standing.path, standing.steps, strict=True))
    if StepKind.PRODUCTION in states:
        return states[StepKind.PRODUCTION] in {StepState.CURRENT, StepState.DONE}
    before = IN_REVIEW_KINDS | {StepKind.CONSIGNMENT}
    return all(states[kind] is StepState.DONE for kind in states.keys() & before)


def ending_of(number: str) -> str:
    """Return the last characters of a number; of a short one less than half."""
    return number[-min(SHOWN, max(len(number) // 2, 1)) :] if number else ""
