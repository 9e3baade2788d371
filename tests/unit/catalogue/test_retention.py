"""A service may keep its requests for another time after an end of one kind."""

import copy
import json
from typing import Any

import pytest

from app.catalogue.definition import document, writer
from app.catalogue.definition.document import DefinitionError
from app.catalogue.definition.outcomes import Keeping, Outcome, Span
from tests.servers import ROOT

FILE = next((ROOT / "app" / "catalogue" / "examples" / "services").glob("*.json"))


def service(**more: Any) -> dict[str, Any]:
    """Return a service file with more in it (Any: JSON)."""
    return {**copy.deepcopy(json.loads(FILE.read_text("utf-8"))), **more}


@pytest.mark.proves("S43")
def test_times_by_outcome_are_read_and_written_again() -> None:
    given = service(retention_outcomes={"refused": 6, "lapsed": 1})
    read = document.parse(given)
    assert {one.value: span.months for one, span in read.keeping.outcomes} == {
        "refused": 6,
        "lapsed": 1,
    }
    assert writer.dump(read)["retention_outcomes"] == {"refused": 6, "lapsed": 1}


@pytest.mark.parametrize("wrong", [{"draft": 3}, {"refused": 0}, {"refused": "6"}, 7])
def test_what_is_no_outcome_is_refused(wrong: object) -> None:
    with pytest.raises(DefinitionError):
        document.parse(service(retention_outcomes=wrong))


@pytest.mark.proves("S43")
def test_days_and_a_least_time_are_read_and_written_again() -> None:
    given = service(retention_days=10, retention_outcome_days={"lapsed": 45})
    given["retention_least_months"] = 12
    read = document.parse(given)

    assert read.keeping.span(Outcome.LAPSED) == Span(days=45)
    assert read.keeping.least_months == 12
    written = writer.dump(read)
    assert {key: written[key] for key in given if key.startswith("retention")} == {
        key: value for key, value in given.items() if key.startswith("retention")
    }


def test_a_service_may_say_nothing_of_it() -> None:
    silent = service()
    del silent["retention_months"]
    assert document.parse(silent).keeping == Keeping()
