"""What the editor calls the parts of a service, their inputs, and the places in a draft."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.catalogue.condition_words import CATEGORIES
from app.catalogue.definition.charges import FeeRule
from app.catalogue.definition.elements import (
    Decider,
    FieldKind,
    NoticeEvent,
    PaperFormat,
    PersonFact,
    Sector,
    StepKind,
)
from app.catalogue.drafting import places
from app.catalogue.drafting.inputs import Wrong
from app.catalogue.drafting.places import Draft, Part, Place
from app.catalogue.drafting.rows import Op
from app.catalogue.kind_words import KINDS
from app.catalogue.presenting import CATEGORIES as EVENTS_OF_LIFE
from app.catalogue.presenting import TEMPLATES, VARIANTS
from app.core import i18n

# Any throughout: lazy strings of Flask-Babel have no public type.
STEPS: dict[StepKind, Any] = {
    StepKind.REVIEW: _l("Check by an officer"),
    StepKind.SECOND_REVIEW: _l("Second check"),
    StepKind.PAYMENT: lazy_pgettext("step", "Payment"),
    StepKind.APPOINTMENT: lazy_pgettext("step", "Appointment"),
    StepKind.CONSIGNMENT: _l("Consignment to the capital"),
    StepKind.PRODUCTION: _l("Production of the document"),
    StepKind.HAND_OVER: _l("Hand-over of the document"),
}

OPS: dict[Op, Any] = {
    Op.IS: lazy_pgettext("condition", "is"),
    Op.IS_NOT: lazy_pgettext("condition", "is not"),
    Op.IN: lazy_pgettext("condition", "is one of"),
    Op.ANSWERED: lazy_pgettext("condition", "is answered"),
    Op.BELOW: lazy_pgettext("condition", "is below"),
    Op.AT_LEAST: lazy_pgettext("condition", "is at least"),
    Op.AT_MOST: lazy_pgettext("condition", "is at most"),
    Op.OLDER_THAN: lazy_pgettext("condition", "is older than so many days"),
}

OPTIONS: dict[str, dict[str, Any]] = {
    "category": {**CATEGORIES, **{one: text for one, (text, _about) in EVENTS_OF_LIFE.items()}},
    "applicants": CATEGORIES,
    "decided_by": {
        Decider.OFFICER: _l("Officer"),
        Decider.SECOND_REVIEWER: _l("Second reviewer"),
        Decider.HEAD: _l("Head of the consular section"),
    },
    "event": {
        NoticeEvent.SUBMITTED: _l("The request was received"),
        NoticeEvent.ACCEPTED: _l("The request is accepted"),
        NoticeEvent.REFUSED: _l("The request is refused"),
        NoticeEvent.READY: _l("The document is ready"),
        NoticeEvent.COMPLETED: _l("The document was handed over"),
    },
    "from_person": {
        "": _l("Nothing: the field begins empty"),
        PersonFact.NATIONAL_NUMBER: _l("National number"),
        PersonFact.PASSPORT_NUMBER: _l("Passport number"),
    },
    "variant": {"": _l("All: due with every variant"), **VARIANTS},
    "fee_rule": {
        FeeRule.SUBMISSION: _l("The fee of the day on which the request was sent"),
        FeeRule.PAYMENT: _l("The fee of the day of payment"),
        FeeRule.LOWER: _l("The lower of the two"),
    },
    "formats": {PaperFormat.JPEG: "JPEG", PaperFormat.PNG: "PNG", PaperFormat.PDF: "PDF"},
    "main_language": dict(i18n.LANGUAGES),
    "window.sector": {
        "": _l("No sector"),
        Sector.STUDY: lazy_pgettext("sector", "Study"),
        Sector.TRAINING: lazy_pgettext("sector", "Training"),
        Sector.CULTURE: lazy_pgettext("sector", "Culture"),
        Sector.HEALTH: lazy_pgettext("sector", "Health"),
        Sector.SPORT: lazy_pgettext("sector", "Sport"),
        Sector.ECONOMY: lazy_pgettext("sector", "Economy"),
    },
    "like": {"": _l("Nothing: a blank service")},
    "issue_template": {"": _l("None: the document is made outside"), **TEMPLATES},
}
"""Words for the values of an input, by its name."""

_LABELS: dict[str, Any] = {
    "key": _l("Stable key"),
    "code": _l("Stable key"),
    "label": _l("Name of the line"),
    "field.label": lazy_pgettext("field", "Question"),
    "inner.label": lazy_pgettext("field", "Question"),
    "choice.label": lazy_pgettext("field", "Answer"),
    "inner_choice.label": lazy_pgettext("field", "Answer"),
    "page.title": _l("Title of the page"),
    "page.help": _l("Advice on the page"),
    "paper.title": _l("Name of the paper"),
    "paper.help": _l("Advice on the paper"),
    "paper.required": _l("The paper is required"),
    "step.title": _l("Title of its own"),
    "hint": _l("Advice below the question"),
    "required": _l("An answer is required"),
    "pattern.expression": _l("Pattern of the answer"),
    "pattern.message": _l("Sentence when the answer does not fit the pattern"),
    "warn": _l("Warn only: an unusual answer is told and accepted"),
    "from_person": _l("Begins with what is known of the person"),
    "show_when": _l("Shown only when"),
    "require_when": _l("Required only when"),
    "bring_when": _l("To be brought only when"),
    "when": lazy_pgettext("condition", "When"),
    "formats": _l("File formats"),
    "max_bytes": _l("Largest size in megabytes"),
    "max_pages": _l("Most pages"),
    "freshness_days": _l("Issued at most so many days ago"),
    "min_side": _l("Shortest side of the picture, in pixels"),
    "bring": _l("Bring along"),
    "original": _l("The original is to be shown"),
    "shared": _l("The same paper serves everybody of a household"),
    "sample": _l("Key of the sample picture"),
    "text": _l("Words for the citizen"),
    "reason": _l("Reason, as the citizen reads it"),
    "instead": _l("Where to go instead"),
    "variant": _l("Variant"),
    "category": _l("Applicant category"),
    "amount": _l("Amount, such as 200 or 12.50"),
    "currency": _l("Currency"),
    "valid_from": _l("Valid from"),
    "valid_to": _l("Valid until (may stay empty)"),
    "legal_basis": _l("Legal basis"),
    "percent": _l("Percent that is waived"),
    "by_officer": _l("Needs an officer’s decision with a reason"),
    "with_add_ons": _l("Waives add-ons too"),
    "event": _l("In the message that says"),
    "decided_by": _l("Who may decide"),
    "by_proxy": _l("Somebody with an authority may collect it"),
    "target_days": _l("Promised time in working days"),
    "retention_months": _l("Months for which data is kept"),
    "retention_days": _l("Days for which data is kept, after those months"),
    "retention_least_months": _l("Months for which a law demands that it is kept"),
    "issues": _l("Document that is issued"),
    "issue_template": _l("Template of the document"),
    "issue_words": _l("What the document says"),
    "issue_download": _l("The applicant may download the document"),
    "consent_when": _l("The other parent has to consent when"),
    "appointment.pool": _l("Pool of seats for the visit"),
    "appointment.units": _l("Units of time for each person"),
    "appointment.minutes_before": _l("Minutes kept free before each visit"),
    "appointment.minutes_after": _l("Minutes kept free after each visit"),
    "appointment.moves": _l("How often a citizen may move the appointment"),
    "window.opens_on": _l("First day"),
    "window.closes_on": _l("Last day"),
    "window.places": _l("Number of places"),
    "window.sector": _l("Sector"),
    "fee_rule": _l("Which fee counts when it changes after sending"),
    "position": _l("Position in the list"),
    "applicants": _l("For whom the service is"),
    "personal_appearance": _l("The applicant must come in person"),
    "enabled": _l("Offered to citizens"),
    "example": _l("Figures are examples that the post must verify"),
    "note": _l("Note about sources and limits"),
    "fields.0.kind": _l("Kind of the first question"),
    "fields.0.label": _l("First question"),
    "fields.0.key": _l("Stable key of the first question"),
    "choices.0.label": _l("First answer"),
    "choices.0.key": _l("Stable key of the first answer"),
    "choices.1.label": _l("Second answer"),
    "choices.1.key": _l("Stable key of the second answer"),
    "service.category": _l("Category"),
    "service.code": _l("Code of the service"),
    "service.title": _l("Title of the service"),
    "main_language": _l("Main language"),
    "like": _l("Copy the content of"),
}

_DAYS = (_l("Earliest, in days from today"), _l("Latest, in days from today"))
_BOUNDS: dict[FieldKind, tuple[Any, Any]] = {
    FieldKind.NUMBER: (_l("Lowest number"), _l("Highest number")),
    FieldKind.MONEY: (_l("Lowest amount"), _l("Highest amount")),
    FieldKind.DATE: _DAYS,
    FieldKind.YEAR_OR_DATE: _DAYS,
    FieldKind.CHOICES: (_l("Fewest answers"), _l("Most answers")),
    FieldKind.GROUP: (_l("Fewest entries"), _l("Most entries")),
    FieldKind.FILE: (_l("Most pages"), _l("Most pages")),
}
_LENGTH = (_l("Fewest characters"), _l("Most characters"))

_BUFFER = _l(
    "Rounded up to whole units. Nobody else gets that counter then: to prepare, to put away, "
    "to clean."
)
_HINTS: dict[str, Any] = {
    "service.appointment.minutes_before": _BUFFER,
    "service.appointment.minutes_after": _BUFFER,
    "key": _l("Latin letters, digits and underscores; empty: suggested from the name."),
    "code": _l("Latin letters, digits and underscores; empty: suggested from the name."),
    "service.code": _l("Capital Latin letters, digits and underscores, such as PASS_RENEW."),
    "like": _l("All content is copied; the new service is not offered until it is published."),
    "pattern.expression": _l("From ^ to $, such as ^N[0-9]{9}$. Needs its own sentence."),
    "decided_by": _l("Nobody ticked: any officer."),
    "notice.text": _l("{reference} becomes the number of the request, {days} the promised days."),
    "issue_words": _l(
        "{name}, {reference} and {date} become what they stand for, {statement} what the officer "
        "writes."
    ),
    "window.opens_on": _l("Both days empty: the service is always open."),
    "window.places": _l(
        "Citizens read this number. It refuses nobody: the post chooses among the requests."
    ),
    "fee.amount": _l(
        "A new amount is a new line with its own first day; end the line that runs the day before."
    ),
    "service.appointment.moves": _l("Empty: three times. The post itself may always move it."),
    "retention_months": _l(
        "Counted from the end of the request. Without months and days, the post’s own word counts."
    ),
    "retention_least_months": _l("Nothing is erased before, whatever is set. Empty: none known."),
    "sample": _l("Key of a picture in the collection of samples."),
    "bounds.days": _l("0 is today; days that are past are negative: −30 is thirty days ago."),
    "enabled": _l("Citizens see the published version only, never this draft."),
    "percent": _l("From 1 to 100."),
}

_NAMED: dict[Part, Any] = {
    Part.PAGE: _l("Page “%(name)s”"),
    Part.FIELD: _l("Field “%(name)s”"),
    Part.INNER: _l("Field of the group “%(name)s”"),
    Part.CHOICE: _l("Answer “%(name)s”"),
    Part.INNER_CHOICE: _l("Answer “%(name)s”"),
    Part.PAPER: _l("Paper “%(name)s”"),
    Part.REASON: _l("Reason “%(name)s”"),
    Part.FEE: _l("Fee “%(name)s”"),
    Part.ADD_ON: _l("Add-on “%(name)s”"),
    Part.WAIVER: _l("Waiver “%(name)s”"),
    Part.EXCLUSION: _l("Exclusion “%(name)s”"),
    Part.NOTICE: _l("Notice “%(name)s”"),
    Part.STEP: _l("Step “%(name)s”"),
}

ADD: dict[Part, Any] = {
    Part.PAGE: _l("Add a page"),
    Part.FIELD: _l("Add a field"),
    Part.INNER: _l("Add a field to the group"),
    Part.CHOICE: _l("Add an answer"),
    Part.INNER_CHOICE: _l("Add an answer"),
    Part.PAPER: _l("Add a paper"),
    Part.REASON: _l("Add a reason"),
    Part.FEE: _l("Add a fee"),
    Part.ADD_ON: _l("Add an add-on"),
    Part.WAIVER: _l("Add a waiver"),
    Part.EXCLUSION: _l("Add an exclusion"),
    Part.NOTICE: _l("Add a notice"),
    Part.STEP: _l("Add a step"),
}

WRONG: dict[Wrong, Any] = {
    Wrong.WHOLE: _l("Enter a whole number, for example 25."),
    Wrong.AMOUNT: _l("Enter an amount such as 200 or 12.50."),
    Wrong.SIZE: _l("Enter a size such as 5 or 2.5."),
    Wrong.DAY: _l("Enter day, month and year, for example 24 11 2026."),
    Wrong.NOT_JSON: _l("This is not valid JSON."),
    Wrong.NO_VALUE: _l("There is no value that the field can have."),
    Wrong.UNREADABLE: _l("The text contains characters that cannot be read."),
}

_WHOLE_NUMBERS: dict[str, Any] = {
    "target_days": _l("Enter a whole number of working days, for example 25."),
    "retention_months": _l("Enter a whole number of months, for example 24."),
    "retention_days": _l("Enter a whole number of days, for example 90."),
    "retention_least_months": _l("Enter a whole number of months, for example 24."),
    "freshness_days": _l("Enter a whole number of days, for example 90."),
    "max_pages": _l("Enter a whole number of pages, for example 10."),
    "min_side": _l("Enter a whole number of pixels, for example 600."),
    "percent": _l("Enter a whole number of percent, for example 50."),
}


def wrong_of(name: str, why: Wrong) -> str:
    """Return why what was typed into an input cannot be read, with the unit where it has one."""
    own = _WHOLE_NUMBERS.get(name) if why is Wrong.WHOLE else None
    return str(own or WRONG[why])


_LISTS: dict[str, Any] = {
    "pages": _l("Form"),
    "papers": _l("Papers"),
    "fees": _l("Fees"),
    "path": lazy_pgettext("service", "Path"),
    "appointment": lazy_pgettext("step", "Appointment"),
    "choices": _l("Answers to choose from"),
    "fields": _l("Fields"),
    "reasons": _l("Reasons"),
}


def label_of(name: str, part: Part | None = None, kind: str = "") -> str:
    """Return what an input is called, for a bound by the kind of its field."""
    if name in ("min", "max") and kind:
        return str(_BOUNDS.get(FieldKind(kind), _LENGTH)[name == "max"])
    own = _LABELS.get(f"{part.value}.{name}") if part else None
    return str(own or _LABELS.get(f"service.{name}" if part is None else name) or _LABELS[name])


def hint_of(name: str, part: Part | None = None, kind: str = "") -> str:
    """Return the advice on an input, empty when it needs none."""
    if name in ("min", "max") and kind in (FieldKind.DATE, FieldKind.YEAR_OR_DATE):
        return str(_HINTS["bounds.days"])
    own = f"{part.value if part else 'service'}.{name}"
    found = _HINTS.get(own) or _HINTS.get(name, "")
    return str(found)


def options_of(name: str, values: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the values of an input, each with its words."""
    words: Mapping[Any, Any] = KINDS if name.endswith(".kind") else OPTIONS.get(name, {})
    return [(value, str(words.get(value, value))) for value in values]


def name_of(part: Part, item: Draft) -> str:
    """Return what a part is called in its draft, its key where it has no name."""
    if part is Part.STEP:
        return i18n.text_in(item.get("title") or {}) or str(STEPS[StepKind(item["kind"])])
    if part is Part.NOTICE:
        return str(OPTIONS["event"].get(item.get("event", ""), ""))
    names = ("label", "title", "text", "reason")
    texts: dict[str, str] = next((item[name] for name in names if item.get(name)), {})
    return i18n.text_in(texts) or str(item.get(places.key_name(part), ""))


def title_of(part: Part, item: Draft) -> str:
    """Return a part as it is spoken of: Page “The passport”."""
    return str(_NAMED[part]) % {"name": name_of(part, item)}


def place_in_words(place: Place, draft: Draft) -> str:
    """Return a place of a draft as the editor shows it, from the outermost part inwards."""
    steps = [title_of(part, places.at(draft, whole)) for whole, part in _existing(draft, place)]
    rest = [step for step in place[_depth(place, draft) :] if isinstance(step, str)]
    last = next((step for step in rest if step in _LABELS or step in _LISTS), None)
    if last is not None:
        steps.append(str(_LISTS.get(last) or _LABELS[last]))
    return " › ".join(steps) or _("The service")


def _existing(draft: Draft, place: Place) -> list[tuple[Place, Part]]:
    found = []
    for whole, part in places.enclosing(draft, place):
        try:
            places.at(draft, whole)
        except places.NoSuchPlace:
            break
        found.append((whole, part))
    return found


def _depth(place: Place, draft: Draft) -> int:
    found = _existing(draft, place)
    return len(found[-1][0]) if found else 0
