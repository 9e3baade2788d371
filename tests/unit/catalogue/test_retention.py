"""A service may keep its requests for another time after an end of one kind."""

import copy
import json
from typing import Any

import pytest

from app.catalogue.definition import document, writer
from app.catalogue.definition.document import DefinitionError
from tests.servers import ROOT

FILE = next((ROOT / "app" / "catalogue" / "examples" / "services").glob("*.json"))


def service(**more: Any) -> dict[str, Any]:
    """Return a service file with more in it (Any: JSON)."""
    return {**copy.deepcopy(json.loads(FILE.read_text("utf-8"))), **more}


@pytest.mark.proves("S43")
def test_times_by_outcome_are_read_and_written_again() -> None:
    given = service(retention_outcomes={"refused": 6, "lapsed": 1})
    read = document.parse(given)
    assert {one.value: months for one, months in read.retention_outcomes} == {
        "refused": 6,
        "lapsed": 1,
    }
    assert writer.dump(read)["retention_outcomes"] == {"refused": 6, "lapsed": 1}


@pytest.mark.parametrize("wrong", [{"draft": 3}, {"refused": 0}, {"refused": "6"}, 7])
def test_what_is_no_outcome_is_refused(wrong: object) -> None:
    with pytest.raises(DefinitionError):
        document.parse(service(retention_outcomes=wrong))
