"""Differences between two versions, in the words of the reader."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from markupsafe import Markup

from app.catalogue import comparison, condition_words, presenting
from app.catalogue.comparison import PLACE, Change, Difference, Group, Sort, is_text
from app.catalogue.definition.charges import FeeRule
from app.catalogue.definition.conditions import Condition
from app.catalogue.definition.elements import (
    Decider,
    Definition,
    NoticeEvent,
    Sector,
    StepKind,
)
from app.catalogue.definition.form_reader import read_condition
from app.catalogue.definition.reader import Reader
from app.catalogue.itemized import Json
from app.catalogue.kind_words import KINDS
from app.core import i18n

# Any throughout: lazy strings of Flask-Babel have no public type.
Words = Mapping[str, Any]

NOTHING = Markup("–")

GROUPS: Words = {
    Group.FIELDS: _l("Pages and questions"),
    Group.PAPERS: _l("Papers"),
    Group.FEES: _l("Fees"),
    Group.TEXTS: _l("Texts"),
    Group.PATH: _l("Path of the request"),
    Group.OTHER: _l("Everything else"),
}
CHANGES: Mapping[Change, tuple[str, Any]] = {
    Change.ADDED: ("done", lazy_pgettext("difference", "New")),
    Change.REMOVED: ("stopped", lazy_pgettext("difference", "Gone")),
    Change.CHANGED: ("work", lazy_pgettext("difference", "Changed")),
    Change.MOVED: ("work", lazy_pgettext("difference", "Moved")),
}
SORTS: Words = {
    Sort.PAGE: lazy_pgettext("part of a service", "Page"),
    Sort.FIELD: lazy_pgettext("part of a service", "Question"),
    Sort.CHOICE: lazy_pgettext("part of a service", "Answer to choose"),
    Sort.PAPER: lazy_pgettext("part of a service", "Paper"),
    Sort.REASON: lazy_pgettext("part of a service", "Reason for asking again"),
    Sort.FEE: lazy_pgettext("part of a service", "Fee"),
    Sort.ADD_ON: lazy_pgettext("part of a service", "Add-on"),
    Sort.WAIVER: lazy_pgettext("part of a service", "Waiver"),
    Sort.STEP: lazy_pgettext("part of a service", "Step"),
    Sort.EXCLUSION: lazy_pgettext("part of a service", "Exclusion"),
    Sort.NOTICE: lazy_pgettext("part of a service", "Notice"),
    Sort.SETTING: "",
}
ASPECTS: Words = {
    PLACE: _l("Place"),
    "amount": _l("Amount"),
    "applicants": _l("For whom"),
    "appointment": _l("Appointment"),
    "bring_when": _l("Asked for when"),
    "by_officer": _l("By decision of an officer"),
    "by_proxy": _l("May be collected by somebody authorised"),
    "category": _l("Category"),
    "choices": _l("Answers to choose from"),
    "closes_on": _l("Last day of the call"),
    "decided_by": _l("Who decides"),
    "enabled": _l("Offered"),
    "example": _l("Example figures"),
    "fee_rule": _l("Which day’s fee counts"),
    "formats": _l("File formats"),
    "freshness_days": _l("Issued at most so many days ago"),
    "guidance": _l("Guidance"),
    "help": _l("Advice"),
    "bring": _l("Bring along"),
    "hint": _l("Advice"),
    "instead": _l("Where to go instead"),
    "consent_when": _l("The other parent has to consent when"),
    "issues": _l("Document that comes out of it"),
    "issue_download": _l("The document may be downloaded"),
    "issue_template": _l("Template of the document"),
    "issue_words": _l("Words of the document"),
    "kind": _l("Kind of answer"),
    "label": _l("Wording"),
    "legal_basis": _l("Legal basis"),
    "main_language": _l("Main language"),
    "max": _l("At most"),
    "max_bytes": _l("Largest file, in megabytes"),
    "max_pages": _l("Number of pages at most"),
    "min": _l("At least"),
    "min_side": _l("Shortest side of the picture, in pixels"),
    "note": _l("Note"),
    "opens_on": _l("First day of the call"),
    "original": _l("Original to be shown"),
    "pattern": _l("Form of the answer"),
    "pattern_message": _l("What is said of another form"),
    "percent": _l("Per cent waived"),
    "personal_appearance": _l("Personal appearance"),
    "places": _l("Number of places"),
    "pool": _l("Counters"),
    "position": _l("Position in lists"),
    "reason": _l("Reason"),
    "reasons": _l("Reasons for asking again"),
    "shared": _l("The same paper for a whole household"),
    "require_when": _l("Required when"),
    "required": _l("Required"),
    "retention_months": _l("Kept for so many months"),
    "retention_days": _l("Kept for so many days"),
    "retention_outcome_days": _l("Kept for other days after an end of this kind"),
    "retention_least_months": _l("Months for which a law demands that it is kept"),
    "retention_outcomes": _l("Kept for another time after an end of this kind"),
    "completed": _l("After a request was completed"),
    "refused": _l("After a request was refused"),
    "withdrawn": _l("After a request was withdrawn"),
    "lapsed": _l("After a request lapsed"),
    "sample": _l("Sample picture"),
    "sector": _l("Sector"),
    "show_when": _l("Asked when"),
    "sources": _l("Sources"),
    "summary": _l("Summary"),
    "target_days": _l("Promised time in working days"),
    "text": _l("Wording"),
    "title": _l("Title"),
    "units": _l("Units of time"),
    "minutes_before": _l("Minutes kept free before each visit"),
    "minutes_after": _l("Minutes kept free after each visit"),
    "moves": _l("How often a citizen may move the appointment"),
    "valid_from": _l("Valid from"),
    "valid_to": _l("Valid until"),
    "variant": _l("Variant"),
    "warn": _l("An unusual answer is accepted"),
    "from_person": _l("Begins with what is known of the person"),
    "when": _l("When"),
    "window": _l("Opening of the call"),
    "with_add_ons": _l("Waives add-ons too"),
}
NOTICES: Words = {
    NoticeEvent.SUBMITTED: _l("Request received"),
    NoticeEvent.ACCEPTED: _l("Request accepted"),
    NoticeEvent.REFUSED: _l("Request refused"),
    NoticeEvent.READY: _l("Ready for collection"),
    NoticeEvent.COMPLETED: _l("Request completed"),
}
FEE_RULES: Words = {
    FeeRule.SUBMISSION: _l("the day on which the request was sent"),
    FeeRule.PAYMENT: _l("the day of payment"),
    FeeRule.LOWER: _l("whichever is lower"),
}
DECIDERS: Words = {
    Decider.OFFICER: _l("Officer"),
    Decider.SECOND_REVIEWER: _l("Second reviewer"),
    Decider.HEAD: _l("Head of section"),
}
SECTORS: Words = {
    Sector.STUDY: lazy_pgettext("sector", "Study"),
    Sector.TRAINING: lazy_pgettext("sector", "Training"),
    Sector.CULTURE: lazy_pgettext("sector", "Culture"),
    Sector.HEALTH: lazy_pgettext("sector", "Health"),
    Sector.SPORT: lazy_pgettext("sector", "Sport"),
    Sector.ECONOMY: lazy_pgettext("sector", "Economy"),
}
_CODES: Mapping[str, Words] = {
    "kind": KINDS,
    "category": {
        **{key: texts[0] for key, texts in presenting.CATEGORIES.items()},
        **condition_words.CATEGORIES,
    },
    "applicants": condition_words.CATEGORIES,
    "decided_by": DECIDERS,
    "fee_rule": FEE_RULES,
    "main_language": i18n.LANGUAGES,
    "sector": SECTORS,
    "variant": presenting.VARIANTS,
    "issue_template": presenting.TEMPLATES,
}
"""The words of closed lists, by the aspect whose values they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One aspect before and after; without a label when it is the thing itself."""

    label: str
    before: Markup
    after: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that differs."""

    title: Markup
    sort: str
    inside: Markup
    kind: str
    word: str
    rows: Sequence[Row]
    has_before: bool
    has_after: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The differences under one heading."""

    key: str
    title: str
    entries: Sequence[Entry]


def sections(
    found: Sequence[Difference], *, before: Definition, after: Definition
) -> list[Section]:
    """Return the differences under their headings, those without any left out."""
    writer = _Writer(before, after)
    return [
        Section(
            key=group.value,
            title=str(GROUPS[group]),
            entries=[writer.entry(one) for one in found if one.group is group],
        )
        for group in Group
        if any(one.group is group for one in found)
    ]


def between(before: Definition, after: Definition) -> list[Section]:
    """Return all that differs between two definitions under its headings, empty for nothing."""
    return sections(comparison.compare(before, after), before=before, after=after)


class _Writer:
    """Knows both versions, because conditions name their questions."""

    def __init__(self, before: Definition, after: Definition) -> None:
        self._before = condition_words.fields_of(before)
        self._after = condition_words.fields_of(after)

    def entry(self, one: Difference) -> Entry:
        kind, word = CHANGES[one.change]
        return Entry(
            title=_title(one),
            sort=str(SORTS[one.sort]),
            inside=condition_words.own(one.inside) if one.inside else Markup(""),
            kind=kind,
            word=str(word),
            rows=list(self._rows(one)),
            has_before=one.change is not Change.ADDED,
            has_after=one.change is not Change.REMOVED,
        )

    def _rows(self, one: Difference) -> Iterator[Row]:
        is_whole = one.change in {Change.ADDED, Change.REMOVED}
        for part in one.parts:
            value = part.after if part.before is None else part.before
            if is_whole and value == one.label:
                # It stands in the title already.
                continue
            write = _whole if is_whole and is_text(value) else said
            yield Row(
                label="" if part.aspect == one.key else aspect_name(part.aspect),
                before=write(part.aspect, part.before, self._before),
                after=write(part.aspect, part.after, self._after),
            )


def _title(one: Difference) -> Markup:
    if one.label:
        return condition_words.own(one.label)
    if one.sort is Sort.SETTING:
        return Markup.escape(aspect_name(one.key))
    if one.sort is Sort.NOTICE:
        return Markup.escape(str(NOTICES[NoticeEvent(one.key)]))
    if one.sort is Sort.STEP:
        kind = StepKind(one.key.partition(".")[0])
        return Markup.escape(str(presenting.STEP_TITLES[kind][0]))
    return Markup('<bdi dir="ltr">{}</bdi>').format(one.key)


def aspect_name(aspect: str) -> str:
    """Return what an aspect is called; its key for one that is not known yet."""
    return str(ASPECTS.get(aspect, aspect))


def said(aspect: str, value: Json, fields: condition_words.Fields) -> Markup:
    """Return a value of the canonical document in words, a dash for nothing."""
    if value is None or value == []:
        return NOTHING
    writer = _WRITERS.get(aspect)
    if writer is not None:
        return writer(value)
    if is_text(value):
        return _text(value)
    if aspect.endswith("when"):
        return _condition(value, fields)
    if isinstance(value, list):
        return Markup("<br>").join(said(aspect, one, fields) for one in value)
    return _plain(aspect, value)


def _whole(_aspect: str, value: Json, _fields: condition_words.Fields) -> Markup:
    """Return a text of something new or gone, in the reader's language alone."""
    return condition_words.own(value) if is_text(value) else NOTHING


def _plain(aspect: str, value: Json) -> Markup:
    if isinstance(value, bool):
        return Markup.escape(_("Yes") if value else _("No"))
    if isinstance(value, int):
        return Markup.escape(i18n.number(value))
    word = _CODES.get(aspect, {}).get(str(value))
    return Markup.escape(str(word)) if word else Markup("<bdi>{}</bdi>").format(value)


def _text(texts: Mapping[str, str]) -> Markup:
    line = Markup('<span class="s-diff__lang">{}</span> <span lang="{}" dir="{}">{}</span>')
    return Markup("<br>").join(
        line.format(i18n.LANGUAGES.get(code, code), code, i18n.direction(code), text)
        for code, text in texts.items()
    )


def _texts(value: Any) -> Markup:
    return Markup("<br>").join(condition_words.own(one) for one in value)


def _condition(value: Json, fields: condition_words.Fields) -> Markup:
    condition: Condition | None = read_condition(
        Reader({"when": value}, place="", main_language="", problems=[]), "when"
    )
    return condition_words.in_words(condition, fields) if condition else NOTHING


def _place(value: Any) -> Markup:
    if not value["inside"]:
        return Markup.escape(_("Number %(number)s", number=value["position"]))
    sentence = Markup.escape(_("Number %(number)s in “%(page)s”"))
    return sentence % {"number": value["position"], "page": condition_words.own(value["inside"])}


def _money(value: Any) -> Markup:
    return Markup.escape(i18n.money(value["amount"], value["currency"]))


def _day(value: Any) -> Markup:
    return Markup.escape(i18n.short_day(date.fromisoformat(value)))


def _megabytes(value: Any) -> Markup:
    return Markup.escape(f"{value / (1024 * 1024):.3g}")


def _formats(value: Any) -> Markup:
    return Markup('<bdi dir="ltr">{}</bdi>').format(", ".join(one.upper() for one in value))


_WRITERS: Mapping[str, Callable[[Any], Markup]] = {
    PLACE: _place,
    "amount": _money,
    "choices": _texts,
    "closes_on": _day,
    "formats": _formats,
    "max_bytes": _megabytes,
    "opens_on": _day,
    "reasons": _texts,
    "valid_from": _day,
    "valid_to": _day,
}
