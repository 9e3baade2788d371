"""Answers as a reader sees them: labels and values of a page, in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel import Locale
from flask_babel import pgettext
from markupsafe import Markup

from app.accounts.rules import Details
from app.catalogue.answers import engine
from app.catalogue.definition.conditions import Applicant
from app.catalogue.definition.elements import WITHOUT_ANSWER, Field, FieldKind, Page
from app.core import i18n
from app.web.templating import text_of

_LTR = frozenset(
    {
        FieldKind.PHONE,
        FieldKind.EMAIL,
        FieldKind.NATIONAL_NUMBER,
        FieldKind.DOCUMENT_NUMBER,
        FieldKind.NUMBER,
    }
)
_SCRIPTS = {FieldKind.NAME_AR: "ar", FieldKind.NAME_LATIN: "en", FieldKind.NAME_RU: "ru"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One question with its answer, both ready for a page."""

    key: str
    label: Markup
    value: Markup


def birth(details: Details) -> str:
    """Return the day of birth, or the year where no more is known; empty for neither."""
    return i18n.short_day(details.birth_on) if details.birth_on else str(details.birth_year or "")


def rows(
    page: Page, answers: Mapping[str, object], applicant: Applicant | None = None
) -> list[Row]:
    """Return the questions of a page that were asked, with what was answered."""
    return [
        Row(key=one.key, label=text_of(one.label), value=value_of(one, answers.get(one.key)))
        for one in page.fields
        if one.kind not in WITHOUT_ANSWER and engine.is_shown(one, answers, applicant)
    ]


def value_of(one: Field, value: object) -> Markup:
    """Return an answer as text; one that was not given as a dash."""
    if value is None:
        return Markup("–")
    if isinstance(value, list):
        return _many(one, value)
    if isinstance(value, bool):
        return _yes_no(one, value)
    if isinstance(value, dict):
        return Markup.escape(i18n.money(int(value["amount"]), str(value["currency"])))
    return _text(one, str(value))


def _yes_no(one: Field, value: bool) -> Markup:
    if one.kind is FieldKind.DECLARATION:
        return Markup.escape(pgettext("answer", "Confirmed"))
    word = pgettext("answer", "Yes") if value else pgettext("answer", "No")
    return Markup.escape(word)


def _text(one: Field, value: str) -> Markup:
    if one.kind is FieldKind.CHOICE:
        return _choice(one, value)
    if one.kind is FieldKind.COUNTRY:
        return Markup.escape(Locale.parse(i18n.locale_name()).territories.get(value, value))
    if one.kind in {FieldKind.DATE, FieldKind.YEAR_OR_DATE} and len(value) == 10:
        return Markup.escape(i18n.short_day(date.fromisoformat(value)))
    if one.kind in _LTR:
        return Markup('<bdi dir="ltr">{}</bdi>').format(value)
    if one.kind in _SCRIPTS:
        code = _SCRIPTS[one.kind]
        return Markup('<bdi lang="{}" dir="{}">{}</bdi>').format(code, i18n.direction(code), value)
    return Markup('<span dir="auto">{}</span>').format(value)


def _choice(one: Field, key: object) -> Markup:
    for choice in one.choices:
        if choice.key == key:
            return text_of(choice.label)
    return Markup.escape(str(key))


def _many(one: Field, values: list[Any]) -> Markup:
    # Any: keys of choices, or the entries of a group.
    if one.kind is FieldKind.GROUP:
        return Markup("<br>").join(_entry(one, values_of) for values_of in values)
    return Markup("<br>").join(_choice(one, key) for key in values)


def _entry(group: Field, values: Mapping[str, object]) -> Markup:
    parts = (
        Markup("{}: {}").format(text_of(inner.label), value_of(inner, values[inner.key]))
        for inner in group.fields
        if values.get(inner.key) is not None
    )
    return Markup("<br>").join(parts)
