"""What a service's definition consists of: pages, fields, papers, fees, path."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.catalogue.definition.charges import AddOn, Fee, FeeRule, Waiver
from app.catalogue.definition.conditions import Condition
from app.catalogue.definition.outcomes import Keeping
from app.catalogue.definition.texts import Text

FORMAT = 1


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
    DOCUMENT_NUMBER = "document_number"
    NAME_AR = "name_ar"
    NAME_LATIN = "name_latin"
    NAME_RU = "name_ru"
    ADDRESS = "address"
    DECLARATION = "declaration"
    INFORMATION = "information"
    FILE = "file"
    GROUP = "group"


WITHOUT_ANSWER = frozenset({FieldKind.INFORMATION, FieldKind.FILE})
"""What stands on a page and is answered by nothing that is typed there."""


class Sector(StrEnum):
    """Of which field of life a call for interest is."""

    STUDY = "study"
    TRAINING = "training"
    CULTURE = "culture"
    HEALTH = "health"
    SPORT = "sport"
    ECONOMY = "economy"


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
    {
        StepKind.REVIEW,
        StepKind.SECOND_REVIEW,
        StepKind.PAYMENT,
        StepKind.APPOINTMENT,
        StepKind.CONSIGNMENT,
        StepKind.PRODUCTION,
        StepKind.HAND_OVER,
    }
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


class PersonFact(StrEnum):
    """What is known of a person before a form asks for it."""

    NATIONAL_NUMBER = "national_number"
    PASSPORT_NUMBER = "passport_number"


TAKING = frozenset({FieldKind.SHORT_TEXT, FieldKind.NATIONAL_NUMBER, FieldKind.DOCUMENT_NUMBER})
"""The kinds of fields that may begin with what is known of the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question.

    `least` and `most` bound the length of a text, the value of a number, the
    minor units of money, the count of choices or of a group's entries, and
    for a date the days from today (most 0: not in the future).
    With `warn`, an unusual form is told to the reader and still accepted.
    A file is asked for on its page and attached as a paper of the same key.
    `from_person` names what of the person's record stands in the empty field of a new draft.
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
    from_person: PersonFact | None = None
    fields: tuple["Field", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Who cannot be served here: the ground, the reason, and where to go instead."""

    key: str
    when: Condition
    reason: Text
    instead: Text | None = None


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
    min_side: int | None = None
    """Pixels that the shorter side of a picture must have."""
    original: bool = False
    bring: Text | None = None
    """What of it is brought to the visit, such as three printed photos."""
    shared: bool = False
    """Whether one and the same paper speaks for a whole household, such as a family booklet."""
    sample: str | None = None
    reasons: tuple[Reason, ...]


class Decider(StrEnum):
    """Whose decision ends a step."""

    OFFICER = "officer"
    SECOND_REVIEWER = "second_reviewer"
    HEAD = "head"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the path, with a title of its own where the service gives one.

    `decided_by` names who may end a review; nobody named: any officer.
    `by_proxy` lets somebody with an authority collect the document.
    """

    kind: StepKind
    title: Text | None = None
    decided_by: tuple[Decider, ...] = ()
    by_proxy: bool = False


class NoticeEvent(StrEnum):
    """The news of a case to which a service may add words of its own."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    READY = "ready"
    COMPLETED = "completed"


NOTICE_PLACEHOLDERS = frozenset({"reference", "days"})
"""What an admin may name in a notice, in braces; each is replaced, none is evaluated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A paragraph that a service adds to a message."""

    event: NoticeEvent
    text: Text


class IssueTemplate(StrEnum):
    """The templates of documents that a service may issue; a published one is never changed."""

    DECISION_1 = "decision_1"


STATEMENT = "statement"
"""The placeholder of a document for what its officer writes in it."""
ISSUE_PLACEHOLDERS = frozenset({"name", "reference", "date", STATEMENT})
"""What an admin may name in the words of a document, in braces, as in a notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When a call takes requests, both days included, and how many places it has."""

    opens_on: date
    closes_on: date
    places: int | None = None
    sector: Sector | None = None

    def is_open(self, on: date) -> bool:
        """Return whether a request may be sent on a day."""
        return self.opens_on <= on <= self.closes_on


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentNeed:
    """Whose seats a visit takes, and how many units of time per person."""

    pool: str
    units: int
    minutes_before: int = 0
    minutes_after: int = 0
    """So long a counter is kept free before and after each visit, to prepare and to put away."""
    moves: int | None = None
    """So often a citizen moves the appointment online; None: as often as is usual."""


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
    keeping: Keeping
    exclusions: tuple[Exclusion, ...] = ()
    add_ons: tuple[AddOn, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    fee_rule: FeeRule = FeeRule.SUBMISSION
    notices: tuple[Notice, ...] = ()
    window: Window | None = None
    issues: Text | None = None
    """Which document comes out of it."""
    issue_template: IssueTemplate | None = None
    """After which template the document is made; without one it is made outside."""
    issue_words: Text | None = None
    """What the document says besides who it is for, in paragraphs."""
    issue_download: bool = False
    """Whether the applicant may download it, besides being handed it."""
    consent_when: Condition | None = None
    """When the other parent has to consent; None for never."""

    def fields(self) -> Iterator[Field]:
        """Yield the fields of all pages in order, without those inside groups."""
        for page in self.pages:
            yield from page.fields

    def all_papers(self) -> tuple[Paper, ...]:
        """Return the papers to attach, those that a page asks for as a file included."""
        return (*map(paper_of, self.file_fields()), *self.papers)

    def file_fields(self) -> Iterator[Field]:
        """Yield the fields that ask for a file."""
        return (field for field in self.fields() if field.kind is FieldKind.FILE)

    def by_proxy(self) -> bool:
        """Return whether somebody with an authority may collect what comes out of it."""
        return any(step.by_proxy for step in self.path)

    def missing_engines(self) -> tuple[StepKind, ...]:
        """Return the steps that the software cannot take yet."""
        return tuple(step.kind for step in self.path if step.kind not in ENGINES_PRESENT)


LARGEST_FILE = 10 * 1024 * 1024
ANY_FORMAT = (PaperFormat.JPEG, PaperFormat.PNG, PaperFormat.PDF)
UNREADABLE = Reason(
    code="unreadable",
    text={
        "ar": "الملف غير واضح أو لا يُقرأ",
        "en": "The file cannot be read",
        "ru": "Файл нечёткий или не читается",
    },
)
OTHER = Reason(
    code="other",
    text={
        "ar": "الملف ليس المطلوب",
        "en": "It is not what was asked for",
        "ru": "Прислано не то, что требуется",
    },
)


def paper_of(field: Field) -> Paper:
    """Return the paper that a file question asks for; `most` bounds its pages."""
    return Paper(
        key=field.key,
        title=field.label,
        help=field.hint,
        required=field.required,
        bring_when=field.show_when,
        formats=ANY_FORMAT,
        max_bytes=LARGEST_FILE,
        max_pages=field.most or 10,
        reasons=(UNREADABLE, OTHER),
    )
