"""What a service's definition consists of: pages, fields, papers, fees, path."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from app.catalogue.definition.conditions import Condition

# Words in several languages: language code to text.
Text: TypeAlias = Mapping[str, str]

FORMAT = 1
ANY_CATEGORY = "any"


class Category(StrEnum):
    """The life events by which the start page lists services."""

    PASSPORT = "passport"
    FAMILY = "family"
    PAPERS = "papers"
    STUDY = "study"
    RETURN = "return"
    EMERGENCY = "emergency"
    CONTACT = "contact"


class ApplicantCategory(StrEnum):
    """Whom a service is for; "considered as such" are mostly Palestinian Syrians."""

    CITIZEN = "citizen"
    CONSIDERED_AS_SUCH = "considered_as_such"
    FOREIGNER = "foreigner"
    COMPANY = "company"


class FieldKind(StrEnum):
    """What a field asks for."""

    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    YEAR_OR_DATE = "year_or_date"
    YES_NO = "yes_no"
    CHOICE = "choice"
    CHOICES = "choices"
    COUNTRY = "country"
    EMAIL = "email"
    PHONE = "phone"
    NATIONAL_NUMBER = "national_number"
    NAME_AR = "name_ar"
    NAME_LATIN = "name_latin"
    NAME_RU = "name_ru"
    ADDRESS = "address"
    DECLARATION = "declaration"
    INFORMATION = "information"
    GROUP = "group"


class PaperFormat(StrEnum):
    """The file formats in which a paper may be attached."""

    JPEG = "jpeg"
    PNG = "png"
    PDF = "pdf"


class StepKind(StrEnum):
    """The steps of which a path is made."""

    REVIEW = "review"
    SECOND_REVIEW = "second_review"
    PAYMENT = "payment"
    APPOINTMENT = "appointment"
    CONSIGNMENT = "consignment"
    PRODUCTION = "production"
    HAND_OVER = "hand_over"


# Publishing refuses a step that no part of the software can take.
ENGINES_PRESENT = frozenset(
    {StepKind.REVIEW, StepKind.APPOINTMENT, StepKind.PRODUCTION, StepKind.HAND_OVER}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer among which a field lets choose."""

    key: str
    label: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A form that an answer must have, with the sentence that explains it."""

    expression: str
    message: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question.

    `least` and `most` bound the length of a text, the value of a number, the
    minor units of money, the count of choices or of a group's entries, and
    for a date the days from today (most 0: not in the future).
    With `warn`, an unusual form is told to the reader and still accepted.
    """

    key: str
    kind: FieldKind
    label: Text
    hint: Text | None = None
    required: bool = True
    least: int | None = None
    most: int | None = None
    pattern: Pattern | None = None
    choices: tuple[Choice, ...] = ()
    show_when: Condition | None = None
    require_when: Condition | None = None
    warn: bool = False
    fields: tuple["Field", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The questions that a citizen sees at once."""

    key: str
    title: Text
    help: Text | None = None
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a paper may be asked for again."""

    code: str
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A document that the applicant attaches."""

    key: str
    title: Text
    help: Text | None = None
    required: bool = True
    bring_when: Condition | None = None
    formats: tuple[PaperFormat, ...]
    max_bytes: int
    max_pages: int
    freshness_days: int | None = None
    original: bool = False
    bring: Text | None = None
    """What of it is brought to the visit, such as three printed photos."""
    sample: str | None = None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """An amount in minor units, due from the first to the last day, both included."""

    key: str
    variant: str | None = None
    label: Text
    amount: int
    currency: str
    category: str = ANY_CATEGORY
    valid_from: date
    valid_to: date | None = None
    legal_basis: Text
    target_days: int | None = None
    """Working days that its variant takes; None for those of the service."""

    def is_in_force(self, on: date) -> bool:
        """Return whether the line is valid on the day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def overlaps(self, other: "Fee") -> bool:
        """Return whether both lines would be due for the same thing on one day."""
        if (self.variant, self.category) != (other.variant, other.category):
            return False
        return self.valid_from <= (other.valid_to or date.max) and other.valid_from <= (
            self.valid_to or date.max
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the path, with a title of its own where the service gives one."""

    kind: StepKind
    title: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentNeed:
    """Whose seats a visit takes, and how many units of time per person."""

    pool: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A whole service as an admin writes it and a case pins it."""

    code: str
    category: Category
    position: int
    enabled: bool
    main_language: str
    title: Text
    summary: Text
    guidance: Text
    applicants: tuple[ApplicantCategory, ...]
    personal_appearance: bool
    example: bool
    sources: tuple[str, ...]
    note: Text | None = None
    pages: tuple[Page, ...]
    papers: tuple[Paper, ...]
    fees: tuple[Fee, ...]
    path: tuple[Step, ...]
    target_days: int
    appointment: AppointmentNeed | None
    retention_months: int

    def fields(self) -> Iterator[Field]:
        """Yield the fields of all pages in order, without those inside groups."""
        for page in self.pages:
            yield from page.fields

    def missing_engines(self) -> tuple[StepKind, ...]:
        """Return the steps that the software cannot take yet."""
        return tuple(step.kind for step in self.path if step.kind not in ENGINES_PRESENT)
