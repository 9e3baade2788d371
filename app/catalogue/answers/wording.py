"""Stored answers in the reader's language, as check pages and officers see them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from app.catalogue.definition.elements import Field, FieldKind, Page
from app.core import i18n

AUTO = Markup("<bdi>{}</bdi>")
LATIN_RUN = Markup('<bdi dir="ltr">{}</bdi>')
NAMES = {
    FieldKind.NAME_AR: Markup('<bdi lang="ar" dir="rtl">{}</bdi>'),
    FieldKind.NAME_LATIN: Markup('<bdi lang="en" dir="ltr">{}</bdi>'),
    FieldKind.NAME_RU: Markup('<bdi lang="ru" dir="ltr">{}</bdi>'),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAnswer:
    """A question and its answer in words, each isolated where its direction differs."""

    key: str
    label: str
    text: Markup


def shown_answers(page: Page, values: Mapping[str, Any]) -> list[ShownAnswer]:
    """Return the answered questions of a page in its order (Any: JSON, see answers)."""
    return [
        answer for one in page.fields if one.key in values for answer in _of(one, values[one.key])
    ]


def _of(one: Field, value: Any) -> Iterator[ShownAnswer]:
    label = i18n.text_in(one.label)
    if one.kind is not FieldKind.GROUP:
        yield ShownAnswer(key=one.key, label=label, text=text_of(one, value))
        return
    for number, entry in enumerate(value, start=1):
        for part in one.fields:
            if part.key in entry:
                title = _(
                    "%(group)s %(number)s: %(question)s",
                    group=label,
                    number=number,
                    question=i18n.text_in(part.label),
                )
                yield ShownAnswer(
                    key=f"{one.key}.{number}.{part.key}",
                    label=title,
                    text=text_of(part, entry[part.key]),
                )


def text_of(one: Field, value: Any) -> Markup:
    """Return one answer in words (Any: JSON, see answers)."""
    writer = _WRITERS.get(one.kind)
    if writer is not None:
        return Markup.escape(writer(one, value))
    return NAMES.get(one.kind, AUTO).format(value)


def _yes_no(_field: Field, value: Any) -> str:
    return _("Yes") if value else _("No")


def _declaration(_field: Field, _value: Any) -> str:
    return _("Confirmed")


def _choice(one: Field, value: Any) -> str:
    return next((i18n.text_in(c.label) for c in one.choices if c.key == value), str(value))


def _choices(one: Field, value: Any) -> str:
    comma = "، " if i18n.language() == "ar" else ", "
    return comma.join(_choice(one, key) for key in value)


def _date(_field: Field, value: Any) -> str:
    return str(value) if len(value) == 4 else i18n.short_day(date.fromisoformat(value))


def _country(_field: Field, value: Any) -> str:
    return str(i18n.locale().territories.get(value, value))


def _money(_field: Field, value: Any) -> str:
    return i18n.money(value["amount"], value["currency"])


def _run(_field: Field, value: Any) -> Markup:
    return LATIN_RUN.format(value)


_WRITERS: dict[FieldKind, Callable[[Field, Any], str]] = {
    FieldKind.YES_NO: _yes_no,
    FieldKind.DECLARATION: _declaration,
    FieldKind.CHOICE: _choice,
    FieldKind.CHOICES: _choices,
    FieldKind.DATE: _date,
    FieldKind.YEAR_OR_DATE: _date,
    FieldKind.COUNTRY: _country,
    FieldKind.MONEY: _money,
    FieldKind.NUMBER: _run,
    FieldKind.EMAIL: _run,
    FieldKind.PHONE: _run,
    FieldKind.NATIONAL_NUMBER: _run,
    FieldKind.DOCUMENT_NUMBER: _run,
}
