"""The sentences for mistakes name what they must name."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import Babel

from app.catalogue import messages
from app.catalogue.answers.engine import FieldError
from app.catalogue.answers.entries import ErrorCode
from app.catalogue.definition.problems import Problem, ProblemCode
from app.core import i18n


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    app = Flask(__name__)
    Babel(app, locale_selector=i18n.locale_name)
    with app.app_context(), i18n.speaking("en"):
        yield


@pytest.mark.parametrize(
    ("code", "params", "sentence"),
    [
        (ErrorCode.REQUIRED, {}, "Enter an answer."),
        (ErrorCode.TOO_LONG, {"limit": 200}, "The number of characters must be at most 200."),
        (
            ErrorCode.DATE_TOO_LATE,
            {"latest": "2026-11-23"},
            "The date must be 23 November 2026 or earlier.",
        ),
        (ErrorCode.TOO_SMALL, {"limit": "1.50"}, "The number must be at least 1.50."),
        (ErrorCode.PATTERN, {"message": {"en": "Letters and digits"}}, "Letters and digits"),
    ],
)
def test_an_error_is_described(
    code: ErrorCode, params: dict[str, str | int], sentence: str
) -> None:
    error = FieldError(key="q", code=code, params=params)

    assert messages.describe_error(error) == ("en", sentence)


def test_the_sentence_of_another_language_is_marked_with_it() -> None:
    error = FieldError(key="q", code=ErrorCode.PATTERN, params={"message": {"ar": "أرقام"}})

    assert messages.describe_error(error) == ("ar", "أرقام")


def test_a_mistake_in_a_file_is_described() -> None:
    problem = Problem(
        place="fees[1].valid_from", code=ProblemCode.FEES_OVERLAP, params={"fee": "old"}
    )

    sentence = "The period overlaps the fee “old” of the same variant and category."
    assert messages.describe_problem(problem) == sentence
