"""What a service may say beside its form: who is excluded, what is added, what is told."""

from typing import Any

import pytest

from app.catalogue.definition import document as definition
from app.catalogue.definition.document import DefinitionError
from tests.unit.catalogue.conftest import minimal_service, question, words

DATED = {"label": words("Line"), "legal_basis": words("Law"), "valid_from": "2026-01-01"}


def with_extras(**extras: Any) -> dict[str, Any]:
    """Return a service with a date and a file among its questions.  (Any: JSON)"""
    document = minimal_service()
    document["pages"][0]["fields"] += [question("born_on", "date"), question("contract", "file")]
    return {**document, **extras}


def test_everything_that_a_service_may_say_is_written_and_read_again() -> None:
    document = with_extras(
        exclusions=[
            {
                "key": "abroad",
                "when": {"field": "lost", "is": False},
                "reason": words("Not here"),
                "instead": words("Ask the police"),
            }
        ],
        add_ons=[
            {
                "key": "late",
                "when": {"field": "born_on", "older_than": 90},
                "amount": 5000,
                "currency": "USD",
                **DATED,
            }
        ],
        waivers=[{"key": "poor", "percent": 100, "by_officer": True, **DATED}],
        fee_rule="lower",
        notices=[{"event": "accepted", "text": words("Bring {reference}.")}],
        window={
            "opens_on": "2026-12-01",
            "closes_on": "2027-02-01",
            "places": 500,
            "sector": "study",
        },
        issues=words("A letter"),
        issue_template="decision_1",
        issue_words=words("{name} is known to the post, {reference} of {date}."),
        issue_download=True,
        path=[
            {"kind": "review", "decided_by": ["head"]},
            {"kind": "appointment"},
            {"kind": "hand_over", "by_proxy": True},
        ],
    )

    made = definition.parse(document)
    again = definition.read_json(definition.write_json(made))

    assert definition.content_hash(made) == definition.content_hash(again)
    assert [paper.key for paper in made.all_papers()] == ["contract", "photo"]


def test_a_service_that_says_nothing_more_keeps_its_hash() -> None:
    plain = definition.parse(minimal_service())

    assert set(definition.dump(plain)) <= set(minimal_service())


@pytest.mark.parametrize(
    ("extras", "place", "code"),
    [
        (
            {"exclusions": [{"key": "x", "reason": words("No")}]},
            "exclusions[0].when",
            "missing",
        ),
        (
            {"exclusions": [{"key": "x", "when": {"field": "no"}, "reason": words("No")}]},
            "exclusions[0].when",
            "condition_unclear",
        ),
        (
            {
                "exclusions": [
                    {"key": "x", "when": {"field": "no", "is": "a"}, "reason": words("No")}
                ]
            },
            "exclusions[0].when",
            "condition_unknown_field",
        ),
        (
            {
                "exclusions": [
                    {
                        "key": "x",
                        "when": {"field": "contract", "answered": True},
                        "reason": words("No"),
                    }
                ]
            },
            "exclusions[0].when",
            "condition_unknown_field",
        ),
        (
            {
                "add_ons": [
                    {
                        "key": "late",
                        "when": {"field": "lost", "older_than": 90},
                        "amount": 1,
                        "currency": "USD",
                        **DATED,
                    }
                ]
            },
            "add_ons[0].when",
            "condition_not_a_date",
        ),
        (
            {"waivers": [{"key": "all", "percent": 100, **DATED}]},
            "waivers[0].when",
            "waiver_without_ground",
        ),
        (
            {"waivers": [{"key": "regular", "percent": 1, "by_officer": True, **DATED}]},
            "waivers[0].key",
            "duplicate",
        ),
        (
            {"notices": [{"event": "accepted", "text": words("{name.__class__}")}]},
            "notices[0].text.ar",
            "placeholder_unknown",
        ),
        (
            {"window": {"opens_on": "2026-12-02", "closes_on": "2026-12-01"}},
            "window.closes_on",
            "dates_reversed",
        ),
        (
            {
                "path": [
                    {"kind": "review"},
                    {"kind": "appointment", "decided_by": ["head"]},
                    {"kind": "hand_over"},
                ]
            },
            "path[1].decided_by",
            "not_for_this_step",
        ),
    ],
)
def test_a_mistake_beside_the_form_is_named_with_its_place(
    extras: dict[str, Any], place: str, code: str
) -> None:
    with pytest.raises(DefinitionError) as refused:
        definition.parse(with_extras(**extras))

    assert (place, code) in [(one.place, one.code) for one in refused.value.problems]
