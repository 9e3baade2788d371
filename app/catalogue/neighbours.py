"""What pages about versions ask of domains that the catalogue does not know; see the factory."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """How many cases keep a version: drafts, and those that were sent and have not ended."""

    drafts: int = 0
    open: int = 0


NamesOfStaff = Callable[[Iterable[int | None]], Mapping[int, str]]
CountCases = Callable[[int], Mapping[int, Pinned]]

_names: dict[str, NamesOfStaff] = {}
_counts: dict[str, CountCases] = {}


def connect(*, names_of_staff: NamesOfStaff, count_cases: CountCases) -> None:
    """Have names of staff found, and the cases of a service counted by the id of their version."""
    _names["staff"] = names_of_staff
    _counts["cases"] = count_cases


def names_of_staff(ids: Iterable[int | None]) -> Mapping[int, str]:
    """Return the names of members of staff by key, in the reader's language."""
    return _names["staff"](ids) if "staff" in _names else {}


def count_cases(service_id: int) -> Mapping[int, Pinned]:
    """Return how many cases keep each version of a service, by the id of the version."""
    return _counts["cases"](service_id) if "cases" in _counts else {}
