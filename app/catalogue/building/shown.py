"""Inputs prepared for the page: words, what stands in them, what is wrong with it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _
from markupsafe import Markup

from app.catalogue import condition_words, messages
from app.catalogue.building import words
from app.catalogue.condition_words import Fields
from app.catalogue.definition import conditions
from app.catalogue.definition.form_reader import read_alone
from app.catalogue.definition.problems import Problem
from app.catalogue.drafting import places, rows
from app.catalogue.drafting.inputs import LANGUAGES, Input, Shape, Typed, Wrong
from app.catalogue.drafting.merging import Merged
from app.catalogue.drafting.places import Draft, Part, Place
from app.catalogue.drafting.rows import NO, YES, Asked, Op

_ROW = re.compile(r"(?:when|\.all|\.any)\.(\d+)(?:\.|$)")

Errors = dict[str, str]
"""Id of an input to the sentence about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowShown:
    """One line of a condition; `options` are the answers of its field, where it has some."""

    name: str
    field: str
    op: str
    values: Sequence[str]
    options: Sequence[tuple[str, str]] = ()

    @property
    def has_boxes(self) -> bool:
        """Return whether several answers are ticked."""
        return self.op == Op.IN and bool(self.options)

    @property
    def has_value(self) -> bool:
        """Return whether the line compares with something."""
        return self.op != Op.ANSWERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One input of the page."""

    name: str
    shape: Shape
    label: str
    hint: str = ""
    rows: int = 1
    optional: bool = False
    values: Typed
    """What stands in it and, for a text, in each of its languages."""
    options: Sequence[tuple[str, str]] = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    lines: Sequence[RowShown] = ()
    fields: Sequence[tuple[str, str]] = ()
    said: Markup | str = ""
    main_language: str = ""

    @property
    def id(self) -> str:
        """Return the id to which an error leads."""
        return f"{self.name}-{self.main_language}" if self.shape is Shape.TEXT else self.name

    @property
    def value(self) -> str:
        """Return the one thing that stands in it."""
        return next(iter(self.values.get(self.name, ())), "")

    @property
    def parts(self) -> list[str]:
        """Return the three parts of a date."""
        return [*self.values.get(self.name, ()), "", "", ""][:3]

    @property
    def error(self) -> str:
        """Return what is wrong with it, of a condition also with one of its rows."""
        own = [self.id, *(f"{line.name}.value" for line in self.lines)]
        return next((self.errors[name] for name in own if name in self.errors), "")

    @property
    def texts(self) -> dict[str, str]:
        """Return its words by language."""
        return {c: next(iter(self.values.get(f"{self.name}-{c}", ())), "") for c in LANGUAGES}

    @property
    def text_errors(self) -> dict[str, str]:
        """Return what is wrong with its words, by language."""
        ids = {c: f"{self.name}-{c}" for c in LANGUAGES}
        return {c: self.errors[name] for c, name in ids.items() if name in self.errors}

    @property
    def states(self) -> dict[str, str]:
        """Return how each language of a text stands."""
        texts, main = self.texts, self.main_language
        # A translation is missing only where there is something to translate.
        lacking = "missing" if texts.get(main) else "empty"
        return {c: "source" if c == main else "ok" if texts[c] else lacking for c in LANGUAGES}

    @property
    def is_open(self) -> bool:
        """Return whether it is shown at once; what may stay empty and is so waits folded."""
        if not self.optional or self.shape not in (Shape.TEXT, Shape.CONDITION):
            return True
        filled = any(self.texts.values()) if self.shape is Shape.TEXT else self.is_condition
        return filled or bool(self.text_errors or self.error)

    @property
    def is_condition(self) -> bool:
        """Return whether anything of a condition was typed or stands there."""
        return bool(self.json or any(line.field for line in self.lines))

    @property
    def json(self) -> str:
        """Return a condition that is deeper than its lines, as text."""
        return next(iter(self.values.get(f"{self.name}.json", ())), "")

    @property
    def is_deep(self) -> bool:
        """Return whether the condition stands as text."""
        return f"{self.name}.json" in self.values

    @property
    def join(self) -> str:
        """Return whether all lines must hold, or any."""
        return next(iter(self.values.get(f"{self.name}.join", ())), "all")


def show(
    inputs: Iterable[Input],
    values: Typed,
    errors: Errors,
    *,
    draft: Draft,
    item: Draft,
    part: Part | None = None,
    asked: Mapping[str, Asked] | None = None,
    fields: Fields | None = None,
) -> list[Shown]:
    """Return inputs ready for the page."""
    kind = str(item.get("kind", "")) if part in (Part.FIELD, Part.INNER) else ""
    made = []
    for one in inputs:
        is_condition = one.shape is Shape.CONDITION
        made.append(
            Shown(
                name=one.name,
                shape=one.shape,
                label=words.label_of(one.name, part, kind),
                hint=words.hint_of(one.name, part, kind),
                rows=one.rows,
                optional=one.optional,
                values=values,
                options=words.options_of(one.name, one.options),
                errors=errors,
                main_language=draft["main_language"],
                lines=_lines(one.name, values, asked or {}, fields or {}) if is_condition else (),
                fields=_readable(asked or {}, fields or {}) if is_condition else (),
                said=_said(item.get(one.name), fields or {}) if is_condition else "",
            )
        )
    return made


def _said(condition: Draft | None, fields: Fields) -> Markup | str:
    found = parse_condition(condition)
    return condition_words.in_words(found, fields) if found else ""


def parse_condition(document: object) -> conditions.Condition | None:
    """Return a condition that stands in a draft that was saved, or None."""
    return read_alone(document) if document else None


def _readable(asked: Mapping[str, Asked], fields: Fields) -> list[tuple[str, str]]:
    return [(key, plain(condition_words.name_of(key, fields))) for key in asked]


def plain(text: Markup) -> str:
    """Return marked words without their marks, for what can hold none, such as an option."""
    return text.striptags()


def _lines(name: str, values: Typed, asked: Mapping[str, Asked], fields: Fields) -> list[RowShown]:
    """Return the lines that were typed and an empty one, as far as there is room."""
    typed = rows.typed_rows(name, values)[1]
    made = [_line(f"{name}.{n}", row, asked, fields) for n, row in enumerate(typed)]
    if len(made) < rows.MOST_ROWS:
        made.append(RowShown(name=f"{name}.{len(made)}", field="", op=Op.IS, values=()))
    return made


def _line(name: str, row: rows.Row, asked: Mapping[str, Asked], fields: Fields) -> RowShown:
    known = asked.get(row.field)
    compares = row.op in (Op.IS, Op.IS_NOT, Op.IN)
    options = list(_answers(known, fields)) if known and compares else []
    return RowShown(name=name, field=row.field, op=row.op.value, values=row.values, options=options)


def _answers(of: Asked, fields: Fields) -> Iterator[tuple[str, str]]:
    for option in of.options:
        value: conditions.Scalar = option
        if of.kind in ("yes_no", "declaration"):
            value = {YES: True, NO: False}[option]
        yield option, plain(condition_words.value_of(of.key, value, fields))


def errors_of(wrong: Mapping[str, Wrong], inputs: Sequence[Input], main: str) -> Errors:
    """Return what could not be read, by the id of its input."""
    texts = {one.name for one in inputs if one.shape is Shape.TEXT}
    ids = {name: f"{name}-{main}" if name in texts else name for name in wrong}
    return {ids[name]: _in_row(name, words.wrong_of(name, why)) for name, why in wrong.items()}


def _in_row(way: str, sentence: str) -> str:
    """Return a sentence with the row of the condition to which a way leads, if to one."""
    found = _ROW.search(way)
    if found is None:
        return sentence
    return _("Row %(number)s: %(problem)s", number=int(found[1]) + 1, problem=sentence)


def changed_by_both(merged: Merged) -> Errors:
    """Return a sentence for each input that two have changed at once, by its id."""
    return {
        name: _(
            "Changed in the other window too, to “%(theirs)s”. Saving keeps what stands here.",
            theirs=theirs,
        )
        if theirs
        else _("Changed in the other window too. Saving keeps what stands here.")
        for name, theirs in merged.both.items()
    }


def sort_problems(
    problems: Sequence[Problem], place: Place, inputs: Sequence[Input], draft: Draft
) -> tuple[Errors, list[str]]:
    """Return problems by the id of the input at a place, and those elsewhere with their place."""
    own: Errors = {}
    elsewhere: list[str] = []
    for problem in problems:
        found = places.from_problem(problem.place)
        sentence = messages.describe_problem(problem)
        name = _input_at(found, place, inputs, draft["main_language"])
        if name:
            own.setdefault(name, _in_row(places.as_text(found), sentence))
        else:
            elsewhere.append(f"{words.place_in_words(found, draft)}: {sentence}")
    return own, list(dict.fromkeys(elsewhere))


def _input_at(found: Place, place: Place, inputs: Sequence[Input], main: str) -> str:
    """Return the id of the input to which a problem's place leads, empty when there is none."""
    if found[: len(place)] != place:
        return ""
    way = places.as_text(found[len(place) :])
    fitting = [one for one in inputs if way == one.name or way.startswith(f"{one.name}.")]
    if not fitting:
        return ""
    best = max(fitting, key=lambda one: len(one.name))
    if best.shape is not Shape.TEXT:
        return best.name
    language = way.removeprefix(best.name).removeprefix(".")
    return f"{best.name}-{language if language in LANGUAGES else main}"
