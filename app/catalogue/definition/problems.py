"""What can be wrong with a service file, and where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from enum import StrEnum


class ProblemCode(StrEnum):
    """The kinds of mistakes; app.catalogue.messages has a sentence for each."""

    NOT_JSON = "not_json"
    FILE_TOO_LARGE = "file_too_large"
    TOO_DEEP = "too_deep"
    MISSING = "missing"
    UNKNOWN_KEY = "unknown_key"
    WRONG_TYPE = "wrong_type"
    WRONG_FORMAT_VERSION = "wrong_format_version"
    BAD_KEY = "bad_key"
    BAD_CODE = "bad_code"
    NOT_ALLOWED = "not_allowed"
    OUT_OF_RANGE = "out_of_range"
    TOO_MANY = "too_many"
    TOO_FEW = "too_few"
    TOO_LONG = "too_long"
    LANGUAGE_MISSING = "language_missing"
    BAD_LANGUAGE = "bad_language"
    HTML_IN_TEXT = "html_in_text"
    UNREADABLE_TEXT = "unreadable_text"
    BAD_DATE = "bad_date"
    DATES_REVERSED = "dates_reversed"
    BOUNDS_REVERSED = "bounds_reversed"
    DUPLICATE = "duplicate"
    UNSAFE_PATTERN = "unsafe_pattern"
    CONDITION_UNKNOWN_FIELD = "condition_unknown_field"
    CONDITION_LATER_FIELD = "condition_later_field"
    CONDITION_CYCLE = "condition_cycle"
    CONDITION_UNCLEAR = "condition_unclear"
    CONDITION_UNKNOWN_VALUE = "condition_unknown_value"
    CONDITION_NOT_A_DATE = "condition_not_a_date"
    CONDITION_NEVER = "condition_never"
    NOT_FOR_THIS_KIND = "not_for_this_kind"
    NOT_FOR_THIS_STEP = "not_for_this_step"
    SECOND_WITHOUT_FIRST = "second_without_first"
    REQUIRED_TWICE = "required_twice"
    FEES_OVERLAP = "fees_overlap"
    FEE_CATEGORY_UNSERVED = "fee_category_unserved"
    WAIVER_WITHOUT_GROUND = "waiver_without_ground"
    PLACEHOLDER_UNKNOWN = "placeholder_unknown"
    UNREADABLE_REASON_MISSING = "unreadable_reason_missing"
    APPOINTMENT_MISSING = "appointment_missing"
    APPOINTMENT_UNUSED = "appointment_unused"
    WITHOUT_DOCUMENT = "without_document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake: its place, such as pages[1].fields[2].key, and its kind."""

    place: str
    code: ProblemCode
    params: Mapping[str, str | int] = default(default_factory=dict)


class DefinitionError(ValueError):
    """A service file was refused; `problems` says everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{one.place}: {one.code}" for one in problems))
        self.problems = tuple(problems)
