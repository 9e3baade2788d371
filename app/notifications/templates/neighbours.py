"""What texts ask of domains that notifications do not know; see the factory."""

from collections.abc import Callable, Collection, Mapping

ServicesOfCases = Callable[[Collection[int]], Mapping[int, int]]

_services: dict[str, ServicesOfCases] = {}


def connect(*, services_of_cases: ServicesOfCases) -> None:
    """Have the services of cases found, by the ids of the cases."""
    _services["cases"] = services_of_cases


def services_of_cases(case_ids: Collection[int]) -> Mapping[int, int]:
    """Return the id of the service of each case."""
    return _services["cases"](case_ids) if "cases" in _services and case_ids else {}
