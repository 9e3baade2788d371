"""Says a condition in words of the reader's language, as editors, diffs and trials show it."""

from collections.abc import Iterable, Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString
from markupsafe import Markup

from app.catalogue.definition import conditions
from app.catalogue.definition.conditions import Comparison, Condition, Scalar
from app.catalogue.definition.elements import ApplicantCategory, Definition, Field, FieldKind
from app.core import i18n

Fields = Mapping[str, Field]

CATEGORIES: dict[str, LazyString] = {
    "any": _l("Everybody"),
    ApplicantCategory.CITIZEN: _l("Syrian citizen"),
    ApplicantCategory.CONSIDERED_AS_SUCH: _l("Considered as a Syrian"),
    ApplicantCategory.FOREIGNER: _l("Foreigner"),
    ApplicantCategory.COMPANY: _l("Company"),
}


def fields_of(definition: Definition, group: Field | None = None) -> Fields:
    """Return the fields that a condition may mean, by key; those of its own group first."""
    inner = group.fields if group else ()
    return {field.key: field for field in (*definition.fields(), *inner)}


def in_words(condition: Condition, fields: Fields) -> Markup:
    """Return what a condition says; names and answers are isolated, for they may be any script."""
    match condition:
        case conditions.AllOf(parts=parts):
            return _joined(parts, fields, _("%(first)s and %(second)s"))
        case conditions.AnyOf(parts=parts):
            return _joined(parts, fields, _("%(first)s or %(second)s"))
        case conditions.Not(part=part):
            return _not(part, fields)
        case _:
            return _compared(condition, fields)


def when(condition: Condition, fields: Fields) -> Markup:
    """Return for whom something is meant, as a citizen reads it beside the thing itself."""
    match condition:
        case conditions.Below(field=conditions.APPLICANT_AGE, limit=limit):
            return Markup.escape(_("for those under %(age)s", age=i18n.number(limit)))
        case (
            conditions.AtLeast(field=conditions.APPLICANT_AGE, limit=limit)
            | conditions.Not(part=conditions.Below(field=conditions.APPLICANT_AGE, limit=limit))
        ):
            return Markup.escape(_("for those aged %(age)s or more", age=i18n.number(limit)))
        case _:
            return _filled(_("if %(condition)s"), condition=in_words(condition, fields))


def _joined(parts: Sequence[Condition], fields: Fields, sentence: str) -> Markup:
    words = [_part(part, fields) for part in parts]
    said = words[0] if words else Markup.escape(_("always"))
    for one in words[1:]:
        said = _filled(sentence, first=said, second=one)
    return said


def _part(part: Condition, fields: Fields) -> Markup:
    words = in_words(part, fields)
    is_joined = isinstance(part, conditions.AllOf | conditions.AnyOf) and len(part.parts) > 1
    return Markup("({})").format(words) if is_joined else words


def _not(part: Condition, fields: Fields) -> Markup:
    match part:
        case conditions.Is(field=field, value=value):
            return _filled(
                _("“%(field)s” is not “%(value)s”"),
                field=name_of(field, fields),
                value=value_of(field, value, fields),
            )
        case conditions.Answered(field=field):
            return _filled(_("“%(field)s” is not answered"), field=name_of(field, fields))
        case _:
            return _filled(_("it is not so that: %(what)s"), what=in_words(part, fields))


def _compared(condition: Comparison, fields: Fields) -> Markup:
    name = name_of(condition.field, fields)
    match condition:
        case conditions.Is(field=field, value=value):
            said = value_of(field, value, fields)
            return _filled(_("“%(field)s” is “%(value)s”"), field=name, value=said)
        case conditions.OneOf(field=field, values=values):
            listed = _list(value_of(field, value, fields) for value in values)
            return _filled(_("“%(field)s” is one of: %(values)s"), field=name, values=listed)
        case conditions.Answered():
            return _filled(_("“%(field)s” is answered"), field=name)
        case conditions.Below(limit=limit):
            said = Markup.escape(i18n.number(limit))
            return _filled(_("“%(field)s” is below %(limit)s"), field=name, limit=said)
        case conditions.AtLeast(limit=limit):
            said = Markup.escape(i18n.number(limit))
            return _filled(_("“%(field)s” is at least %(limit)s"), field=name, limit=said)
        case conditions.AtMost(limit=limit):
            said = Markup.escape(i18n.number(limit))
            return _filled(_("“%(field)s” is at most %(limit)s"), field=name, limit=said)
        case conditions.OlderThan(days=days):
            sentence = ngettext(
                "“%(field)s” is more than %(num)s day ago",
                "“%(field)s” is more than %(num)s days ago",
                days,
                field="%(field)s",
            )
            return _filled(sentence, field=name)


def name_of(key: str, fields: Fields) -> Markup:
    """Return what a condition reads, as the reader knows it; its key where it is gone."""
    if key == conditions.APPLICANT_CATEGORY:
        return Markup.escape(_("Applicant category"))
    if key == conditions.APPLICANT_AGE:
        return Markup.escape(_("Age of the applicant"))
    return own(fields[key].label) if key in fields else Markup("<bdi>{}</bdi>").format(key)


def value_of(key: str, value: Scalar, fields: Fields) -> Markup:
    """Return an answer with which a condition compares, in words."""
    if isinstance(value, bool):
        return Markup.escape(_("Yes") if value else _("No"))
    if key == conditions.APPLICANT_CATEGORY:
        return Markup.escape(str(CATEGORIES.get(str(value), value)))
    field = fields.get(key)
    choice = next((one for one in field.choices if one.key == value), None) if field else None
    if choice is not None:
        return own(choice.label)
    if field and field.kind is FieldKind.COUNTRY:
        return Markup.escape(str(i18n.locale().territories.get(str(value), value)))
    return Markup("<bdi>{}</bdi>").format(value)


def own(texts: Mapping[str, str]) -> Markup:
    """Return a text of an admin, isolated and marked with its own language."""
    code, text = i18n.pick(texts)
    if code == i18n.language():
        return Markup("<bdi>{}</bdi>").format(text)
    return Markup('<bdi lang="{}">{}</bdi>').format(code, text)


def _list(values: Iterable[Markup]) -> Markup:
    comma = "، " if i18n.language() == "ar" else ", "
    return Markup.escape(comma).join(values)


def _filled(sentence: str, **values: Markup) -> Markup:
    return Markup.escape(sentence) % values
