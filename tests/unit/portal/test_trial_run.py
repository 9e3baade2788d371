"""A trial in itself: what it asks, whom it stops, what it would cost, and that it travels whole."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.catalogue import example_files
from app.catalogue.definition.conditions import Is
from app.catalogue.definition.document import Definition
from app.catalogue.definition.elements import Exclusion
from app.portal import trial_run
from app.portal.trial_run import Trial

ANSWERS: dict[str, Any] = {"reason": "damaged", "names_changed": False, "city": "قازان"}


@pytest.fixture(scope="module")
def renewal() -> Definition:
    """The renewal of passports."""
    return next(one for one in example_files.list_services() if one.code == "PASS_RENEW")


def trial(**changes: Any) -> Trial:
    on = date(2026, 11, 25)
    begun = Trial(category="citizen", age=30, variant="regular", on=on, answers=ANSWERS)
    return replace(begun, **changes)


def test_a_trial_travels_whole() -> None:
    assert trial_run.load(trial().dump()) == trial()


def test_a_page_answered_anew_forgets_what_it_said_before(renewal: Definition) -> None:
    page = renewal.pages[0]

    after = trial().with_page(page, {"reason": "expired"})

    assert after.answers == {"reason": "expired", "city": "قازان"}


def test_an_answer_of_a_hidden_question_does_not_count(renewal: Definition) -> None:
    hidden = trial(answers={**ANSWERS, "reason": "expired", "damage": "rain"})

    assert "damage" not in trial_run.relevant(renewal, hidden)


def test_somebody_is_excluded_by_their_answers_alone(renewal: Definition) -> None:
    out = Exclusion(key="out", when=Is(field="reason", value="damaged"), reason={"en": "No"})
    service = replace(renewal, exclusions=(out,))

    assert trial_run.exclusion(service, trial()) == out
    assert trial_run.exclusion(service, trial(answers={"reason": "expired"})) is None
    assert trial_run.exclusion(service, trial(answers={})) is None


@pytest.mark.parametrize(("variant", "amount"), [("regular", 20000), ("urgent", 40000)])
def test_the_bill_is_that_of_the_chosen_way(renewal: Definition, variant: str, amount: int) -> None:
    assert trial_run.bill(renewal, trial(variant=variant)).total == {"USD": amount}


def test_every_example_can_be_tried_from_nothing() -> None:
    nothing = trial(answers={})
    for service in example_files.list_services():
        pages = trial_run.shown_pages(service, nothing)
        assert {page.key for page in pages} <= {page.key for page in service.pages}
        excluded = trial_run.exclusion(service, nothing)
        assert excluded is None or excluded.key == "age"
