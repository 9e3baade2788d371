"""Reads pages, fields and conditions of a service file."""

from collections.abc import Callable

from app.catalogue.definition import conditions, patterns
from app.catalogue.definition.conditions import Condition
from app.catalogue.definition.elements import (
    TAKING,
    Choice,
    Field,
    FieldKind,
    Page,
    Pattern,
    PersonFact,
)
from app.catalogue.definition.problems import DefinitionError, Problem, ProblemCode
from app.catalogue.definition.reader import GUIDANCE, HIDDEN, KEY, LARGEST, LINE, PARAGRAPH, Reader

MOST_PAGES = 50
MOST_FIELDS = 500
MOST_CHOICES = 300
MOST_INNER_FIELDS = 100
DEEPEST_CONDITION = 6
MOST_PARTS = 20
OLDEST = 150 * 366

CHOOSING = frozenset({FieldKind.CHOICE, FieldKind.CHOICES})
TEXTUAL = frozenset(
    {
        FieldKind.SHORT_TEXT,
        FieldKind.NATIONAL_NUMBER,
        FieldKind.DOCUMENT_NUMBER,
        FieldKind.NAME_AR,
        FieldKind.NAME_LATIN,
        FieldKind.NAME_RU,
    }
)


def read_page(reader: Reader) -> Page:
    """Return one page of the form."""
    return Page(
        key=reader.key(),
        title=reader.text("title"),
        help=reader.optional_text("help"),
        fields=reader.items("fields", read_field, most=MOST_FIELDS, least=1),
    )


def read_field(reader: Reader) -> Field:
    """Return one field; a group's own fields cannot be groups."""
    return _field(reader, inner=_read_inner_field)


def read_condition(reader: Reader, key: str) -> Condition | None:
    """Return the condition under the key, or None."""
    if reader.lacks(key):
        return None
    return _condition(reader.inner(reader.take(key), key), depth=1)


def read_required_condition(reader: Reader, key: str) -> Condition:
    """Return the condition under the key, which must be there."""
    condition = read_condition(reader, key)
    if condition is None:
        reader.note(ProblemCode.MISSING, key)
        return conditions.AllOf(parts=())
    return condition


def read_alone(document: object) -> Condition:
    """Return a condition that stands in a definition which was read; raises DefinitionError."""
    problems: list[Problem] = []
    reader = Reader({"when": document}, place="", main_language="", problems=problems)
    condition = read_required_condition(reader, "when")
    if problems:
        raise DefinitionError(problems)
    return condition


def _read_inner_field(reader: Reader) -> Field:
    field = _field(reader, inner=_read_inner_field)
    if field.kind in {FieldKind.GROUP, FieldKind.FILE}:
        reader.note(ProblemCode.NOT_FOR_THIS_KIND, "kind", kind=field.kind.value)
    if field.from_person:
        # The entries of a group are about others, or nobody could tell about whom.
        reader.note(ProblemCode.NOT_FOR_THIS_KIND, "from_person", kind=FieldKind.GROUP.value)
    return field


def _field(reader: Reader, *, inner: Callable[[Reader], Field]) -> Field:
    kind = reader.one_of("kind", FieldKind)
    longest = GUIDANCE if kind is FieldKind.INFORMATION else PARAGRAPH
    require_when = read_condition(reader, "require_when")
    field = Field(
        key=reader.key(),
        kind=kind,
        label=reader.text("label", longest=longest),
        hint=reader.optional_text("hint"),
        required=reader.boolean("required", default=require_when is None),
        least=reader.optional_integer("min"),
        most=reader.optional_integer("max"),
        pattern=_read_pattern(reader),
        choices=reader.items("choices", _read_choice, most=MOST_CHOICES),
        show_when=read_condition(reader, "show_when"),
        require_when=require_when,
        warn=reader.boolean("warn", default=False),
        from_person=None
        if reader.lacks("from_person")
        else reader.one_of("from_person", PersonFact),
        # Only a group may hold fields, so the depth of the file is bounded here.
        fields=reader.items("fields", inner, most=MOST_INNER_FIELDS)
        if kind is FieldKind.GROUP
        else (),
    )
    _check_field(field, reader)
    return field


def _check_field(field: Field, reader: Reader) -> None:
    if field.least is not None and field.most is not None and field.least > field.most:
        reader.note(ProblemCode.BOUNDS_REVERSED, "max")
    if field.required and field.require_when is not None:
        reader.note(ProblemCode.REQUIRED_TWICE, "require_when")
    if field.pattern and field.kind not in TEXTUAL:
        reader.note(ProblemCode.NOT_FOR_THIS_KIND, "pattern", kind=field.kind.value)
    if field.from_person and field.kind not in TAKING:
        reader.note(ProblemCode.NOT_FOR_THIS_KIND, "from_person", kind=field.kind.value)
    if field.choices and field.kind not in CHOOSING:
        reader.note(ProblemCode.NOT_FOR_THIS_KIND, "choices", kind=field.kind.value)
    if field.kind in CHOOSING and not field.choices:
        reader.note(ProblemCode.TOO_FEW, "choices", limit=1)
    if field.kind is FieldKind.GROUP and not field.fields:
        reader.note(ProblemCode.TOO_FEW, "fields", limit=1)


def _read_choice(reader: Reader) -> Choice:
    return Choice(key=reader.key(), label=reader.text("label"))


def _read_pattern(reader: Reader) -> Pattern | None:
    if reader.lacks("pattern"):
        return None
    inner = reader.inner(reader.take("pattern"), "pattern")
    pattern = Pattern(expression=inner.string("expression"), message=inner.text("message"))
    if pattern.expression and not patterns.is_safe(pattern.expression):
        inner.note(ProblemCode.UNSAFE_PATTERN, "expression")
    inner.finish()
    return pattern


def _condition(reader: Reader, *, depth: int) -> Condition:
    if depth > DEEPEST_CONDITION:
        reader.note(ProblemCode.TOO_DEEP, limit=DEEPEST_CONDITION)
        return conditions.AllOf(parts=())
    condition = _combination(reader, depth=depth) or _comparison(reader)
    reader.finish()
    return condition


def _combination(reader: Reader, *, depth: int) -> Condition | None:
    def part(inner: Reader) -> Condition:
        return _condition(inner, depth=depth + 1)

    if reader.has("all"):
        return conditions.AllOf(parts=reader.items("all", part, most=MOST_PARTS, least=1))
    if reader.has("any"):
        return conditions.AnyOf(parts=reader.items("any", part, most=MOST_PARTS, least=1))
    if reader.has("not"):
        return conditions.Not(part=part(reader.inner(reader.take("not"), "not")))
    return None


BOUNDS: dict[str, type[conditions.Bound]] = {
    "below": conditions.Below,
    "at_least": conditions.AtLeast,
    "at_most": conditions.AtMost,
}


def _comparison(reader: Reader) -> Condition:
    field = reader.string("field")
    if field and field not in conditions.APPLICANT_FIELDS and not KEY.fullmatch(field):
        reader.note(ProblemCode.BAD_KEY, "field")
    if reader.has("is"):
        return conditions.Is(field=field, value=_scalar(reader, reader.take("is"), "is"))
    if reader.has("in"):
        return conditions.OneOf(field=field, values=_scalars(reader, "in"))
    for name, bound in BOUNDS.items():
        if reader.has(name):
            return bound(field=field, limit=reader.integer(name))
    if reader.has("older_than"):
        return conditions.OlderThan(
            field=field, days=reader.integer("older_than", least=0, most=OLDEST)
        )
    if reader.take("answered") is not True:
        reader.note(ProblemCode.CONDITION_UNCLEAR)
    return conditions.Answered(field=field)


def _scalars(reader: Reader, key: str) -> tuple[conditions.Scalar, ...]:
    value = reader.take(key)
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_CHOICES:
        reader.note(ProblemCode.WRONG_TYPE, key, expected="list")
        return ()
    return tuple(_scalar(reader, one, key) for one in value)


def _scalar(reader: Reader, value: object, key: str) -> conditions.Scalar:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        if not -LARGEST <= value <= LARGEST:
            reader.note(ProblemCode.OUT_OF_RANGE, key, least=-LARGEST, most=LARGEST)
        return value
    if isinstance(value, str):
        if len(value) > LINE:
            reader.note(ProblemCode.TOO_LONG, key, limit=LINE)
        elif HIDDEN.search(value):
            reader.note(ProblemCode.UNREADABLE_TEXT, key)
        return value
    reader.note(ProblemCode.WRONG_TYPE, key, expected="string, whole number, true or false")
    return ""
