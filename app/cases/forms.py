"""A page of a service's definition as a form: built from its fields, judged by the engine."""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel import Locale
from flask_babel import gettext as _
from flask_babel import lazy_pgettext
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import Optional

from app.catalogue import messages
from app.catalogue.answers import completeness
from app.catalogue.answers import engine as answers
from app.catalogue.answers import kinds as answer_kinds
from app.catalogue.answers.engine import FieldError, PageResult
from app.catalogue.definition.conditions import Applicant
from app.catalogue.definition.elements import WITHOUT_ANSWER, Field, FieldKind, Page
from app.core import i18n
from app.web.forms import KeyedForm, joined_parts
from app.web.templating import labelled, text_of

FEW_CHOICES = 7
_FIELD = re.compile("[.-]")
"""What stands between the key of a field and the name of a part of it."""
DATES = frozenset({FieldKind.DATE, FieldKind.YEAR_OR_DATE})
PARTS = ("day", "month", "year")
YES_NO = [("yes", lazy_pgettext("answer", "Yes")), ("no", lazy_pgettext("answer", "No"))]

_WIDGETS = {
    FieldKind.LONG_TEXT: "textarea",
    FieldKind.ADDRESS: "textarea",
    FieldKind.DATE: "date",
    FieldKind.YEAR_OR_DATE: "date",
    FieldKind.YES_NO: "radios",
    FieldKind.CHOICES: "checkboxes",
    FieldKind.COUNTRY: "select",
    FieldKind.DECLARATION: "checkbox",
}
_TYPING: Mapping[FieldKind, Mapping[str, str]] = {
    FieldKind.EMAIL: {"type": "email", "dir": "ltr", "autocomplete": "email"},
    FieldKind.PHONE: {"type": "tel", "dir": "ltr", "autocomplete": "tel"},
    FieldKind.NUMBER: {"inputmode": "numeric", "dir": "ltr", "width": "5"},
    FieldKind.MONEY: {"inputmode": "decimal", "dir": "ltr", "width": "10"},
    FieldKind.NATIONAL_NUMBER: {"inputmode": "numeric", "dir": "ltr", "width": "20"},
    FieldKind.DOCUMENT_NUMBER: {"dir": "ltr", "width": "20"},
    FieldKind.NAME_AR: {"lang": "ar", "dir": "rtl"},
    FieldKind.NAME_LATIN: {"lang": "en", "dir": "ltr"},
    FieldKind.NAME_RU: {"lang": "ru", "dir": "ltr"},
}


class PartsField(StringField):  # type: ignore[misc]  # WTForms ships no types
    """Day, month and year in three inputs of one name."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Keep the three as they were typed."""
        self.data = joined_parts(valuelist)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """How one field is shown: which macro, its form field, and what stands beside it."""

    widget: str
    kind: FieldKind
    field: Any = None
    """Any: a field of WTForms."""
    hint: str = ""
    label: str = ""
    typing: Mapping[str, str] = dataclasses.field(default_factory=dict)
    second: Any = None
    """The currency of an amount (Any: as above)."""
    entries: tuple[tuple["Question", ...], ...] = ()
    key: str = ""


@dataclass(slots=True, kw_only=True)
class FilledPage:
    """A page with what was saved or typed, ready to be shown."""

    page: Page
    form: KeyedForm
    questions: tuple[Question, ...]


def raw_of(page: Page, posted: MultiDict[str, str]) -> dict[str, list[str]]:
    """Return what was posted as the engine reads it: three inputs of a date become its parts."""
    dates = _date_names(page)
    raw: dict[str, list[str]] = {}
    for name, values in posted.lists():
        if dates.fullmatch(name):
            parts = zip(PARTS, [*values, "", "", ""], strict=False)
            raw.update({f"{name}.{part}": [value] for part, value in parts})
        else:
            raw[name] = list(values)
    return raw


def typed_of(page: Page, raw: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return what of a posted page was typed, and which questions it showed; no tokens, no keys."""
    keys = {one.key for one in page.fields} | {"shown"}
    return {name: said for name, said in raw.items() if _FIELD.split(name, 1)[0] in keys}


def _date_names(page: Page) -> re.Pattern[str]:
    names = [re.escape(one.key) for one in page.fields if one.kind in DATES]
    names += [
        rf"{re.escape(group.key)}-[0-9]{{1,3}}\.{re.escape(one.key)}"
        for group in page.fields
        for one in group.fields
        if one.kind in DATES
    ]
    return re.compile("|".join(names) or "(?!)")


def check(
    page: Page,
    raw: Mapping[str, list[str]],
    known: Mapping[str, object],
    *,
    today: date,
    applicant: Applicant,
) -> PageResult:
    """Return what the engine says of a posted page."""
    return answers.check_page(page, raw, known, today, applicant=applicant)


def fill(
    page: Page,
    raw: Mapping[str, list[str]],
    known: Mapping[str, object],
    *,
    applicant: Applicant,
    more: str = "",
) -> FilledPage:
    """Return the page with these values in it; `more` names a group that gets another entry."""
    shown = completeness.shown_fields(page, known, applicant)
    names = dict(_named(shown, raw, more))
    declared: dict[str, Any] = {"shown": HiddenField()}
    for name, one in names.items():
        declared.update(_declare(name, one, known, applicant))
    form = type("PageForm", (KeyedForm,), declared)(formdata=_formdata(names, raw))
    form["shown"].data = " ".join(one.key for one in shown)
    questions = tuple(_question(one, one.key, form, raw, more) for one in shown)
    return FilledPage(page=page, form=form, questions=questions)


def note_errors(filled: FilledPage, result: PageResult) -> None:
    """Put the sentences of the engine beside their fields."""
    for error in result.errors:
        name = f"{error.key}.amount" if f"{error.key}.amount" in filled.form else error.key
        if name in filled.form:
            filled.form[name].errors = [_sentence(error)]


def remarks(page: Page, result: PageResult) -> list[Markup]:
    """Return a sentence for everything unusual that was kept all the same."""
    labels = {one.key: text_of(one.label) for one in page.fields}
    return [
        labelled(labels.get(warning.key, ""), _sentence(warning)) for warning in result.warnings
    ]


def revealed(result: PageResult, shown: str) -> bool:
    """Return whether all that is wrong are questions which earlier answers have only now opened."""
    seen = set(shown.split())
    return bool(result.errors) and all(error.key not in seen for error in result.errors)


def _sentence(error: FieldError) -> Markup:
    """Return what is said of an answer, marked where it is in another language."""
    code, text = messages.describe_error(error)
    if code == i18n.language():
        return Markup.escape(text)
    return Markup('<span lang="{}" dir="{}">{}</span>').format(code, i18n.direction(code), text)


def _named(
    fields: Iterable[Field], raw: Mapping[str, list[str]], more: str
) -> Iterator[tuple[str, Field]]:
    """Yield every input's name with its field, those of groups once for each entry."""
    for one in fields:
        if one.kind is FieldKind.GROUP:
            yield one.key, one
            for n in range(_size(one, raw, more)):
                yield from ((f"{one.key}-{n}.{inner.key}", inner) for inner in one.fields)
        elif one.kind not in WITHOUT_ANSWER:
            yield one.key, one


def _size(group: Field, raw: Mapping[str, list[str]], more: str) -> int:
    most = min(answers.MOST_ENTRIES, group.most or answers.MOST_ENTRIES)
    return min(most, max(1, answers.group_size(group, raw)) + (more == group.key))


def _formdata(names: Mapping[str, Field], raw: Mapping[str, list[str]]) -> MultiDict[str, str]:
    values: MultiDict[str, str] = MultiDict()
    for name, one in names.items():
        if one.kind in DATES and name not in raw:
            values.setlist(name, [(raw.get(f"{name}.{part}") or [""])[0] for part in PARTS])
    for name, said in raw.items():
        values.setlist(name, said)
    # Without any value WTForms would look at the request itself.
    values.setdefault("shown", "")
    return values


def _declare(
    name: str, one: Field, known: Mapping[str, object], applicant: Applicant
) -> dict[str, Any]:
    # Any: unbound fields of WTForms.
    required = answers.is_required(one, known, applicant)
    options: dict[str, Any] = {"label": text_of(one.label)}
    if not required and one.kind is not FieldKind.GROUP:
        options["validators"] = [Optional()]
    if one.kind is FieldKind.MONEY:
        currencies = [SelectChoice(code, code) for code in answer_kinds.CURRENCIES]
        label = lazy_pgettext("money", "Currency")
        return {
            name: HiddenField(**options),
            f"{name}.amount": StringField(**options),
            f"{name}.currency": SelectField(label, choices=currencies, validate_choice=False),
        }
    return {name: _field(one, options)}


def _field(one: Field, options: dict[str, Any]) -> Any:
    # Any: an unbound field of WTForms.
    widget = _widget(one)
    if widget in {"radios", "select", "checkboxes"}:
        kinds = {"radios": RadioField, "select": SelectField, "checkboxes": SelectMultipleField}
        return kinds[widget](
            choices=[SelectChoice(*pair) for pair in _choices(one, widget)],
            validate_choice=False,
            **options,
        )
    if widget == "date":
        return PartsField(**options)
    if widget == "textarea":
        return TextAreaField(**options)
    if widget == "group":
        return HiddenField(**options)
    return BooleanField(**options) if widget == "checkbox" else StringField(**options)


def _widget(one: Field) -> str:
    if one.kind is FieldKind.CHOICE:
        return "radios" if len(one.choices) <= FEW_CHOICES else "select"
    return _WIDGETS.get(one.kind, one.kind.value if one.kind in _OTHERS else "text")


_OTHERS = frozenset({FieldKind.MONEY, FieldKind.GROUP, *WITHOUT_ANSWER})


def _choices(one: Field, widget: str) -> list[tuple[str, Any]]:
    # Any: lazy or marked text.
    if one.kind is FieldKind.YES_NO:
        return list(YES_NO)
    if one.kind is FieldKind.COUNTRY:
        return [("", _("Choose a country")), *countries()]
    known = [(choice.key, text_of(choice.label)) for choice in one.choices]
    return [("", _("Choose an answer")), *known] if widget == "select" else known


def countries() -> list[tuple[str, str]]:
    """Return the countries by the reader's names, in the reader's order."""
    names = Locale.parse(i18n.locale_name()).territories
    known = [(code, names[code]) for code in answer_kinds.COUNTRIES if code in names]
    return sorted(known, key=lambda pair: pair[1])


def _question(
    one: Field, name: str, form: KeyedForm, raw: Mapping[str, list[str]], more: str
) -> Question:
    widget = _widget(one)
    money = widget == "money"
    return Question(
        widget=widget,
        kind=one.kind,
        field=form[f"{name}.amount" if money else name] if name in form else None,
        second=form[f"{name}.currency"] if money else None,
        hint=text_of(one.hint) if one.hint else "",
        label=text_of(one.label),
        typing=_TYPING.get(one.kind, {}),
        entries=_entries(one, form, raw, more) if widget == "group" else (),
        key=name,
    )


def _entries(
    group: Field, form: KeyedForm, raw: Mapping[str, list[str]], more: str
) -> tuple[tuple[Question, ...], ...]:
    return tuple(
        tuple(
            _question(inner, f"{group.key}-{n}.{inner.key}", form, raw, more)
            for inner in group.fields
        )
        for n in range(_size(group, raw, more))
    )
