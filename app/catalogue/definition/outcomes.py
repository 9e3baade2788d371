"""How a request may end, and for how long it is kept after that."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a request ended."""

    COMPLETED = "completed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """So many months, and so many days after them."""

    months: int = 0
    days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What a service says of keeping; where it says nothing, the post's word counts."""

    always: Span | None = None
    outcomes: tuple[tuple[Outcome, Span], ...] = ()
    """Another time for ends of a kind."""
    least_months: int = 0
    """What a law demands at least, whatever anybody sets; 0: nothing that we know."""

    def span(self, outcome: Outcome) -> Span | None:
        """Return for how long a request is kept that ended so; None where nothing is said."""
        return dict(self.outcomes).get(outcome, self.always)
