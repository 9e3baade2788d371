"""What WTForms says of a field is said in the reader's language, whatever the number."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import wtforms
from flask import Flask
from flask_babel import Babel
from werkzeug.datastructures import MultiDict
from wtforms import DateField, IntegerField, RadioField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.fields.core import UnboundField
from wtforms.validators import (
    URL,
    UUID,
    AnyOf,
    Disabled,
    EqualTo,
    InputRequired,
    IPAddress,
    Length,
    MacAddress,
    NoneOf,
    NumberRange,
    ReadOnly,
    Regexp,
)

from app.core import i18n
from app.web import field_words
from app.web.forms import Form

LATIN = re.compile(r"[A-Za-z]{3,}")
PLACEHOLDER = re.compile(r"%\((\w+)\)")
NUMBERS = (1, 2, 3, 11, 100)
CHOICE = SelectChoice("a", "a")
LONG = {"field": "x" * 200}
FIELDS: list[tuple[UnboundField, Mapping[str, str]]] = [
    *((StringField(validators=[Length(max=number)]), LONG) for number in NUMBERS),
    *((StringField(validators=[Length(min=number)]), {"field": ""}) for number in NUMBERS),
    *((StringField(validators=[Length(number, number)]), LONG) for number in NUMBERS),
    *((StringField(validators=[Length(1, number)]), LONG) for number in NUMBERS[1:]),
    *((IntegerField(validators=[NumberRange(max=number)]), {"field": "200"}) for number in NUMBERS),
    *((IntegerField(validators=[NumberRange(min=number)]), {"field": "0"}) for number in NUMBERS),
    (IntegerField(validators=[NumberRange(1, 3)]), {"field": "4"}),
    (IntegerField(), {"field": "x"}),
    (DateField(), {"field": "x"}),
    (RadioField(choices=[CHOICE]), {"field": "z"}),
    (SelectMultipleField(choices=[CHOICE]), {"field": "z"}),
    (StringField(validators=[InputRequired()]), {"field": ""}),
    (StringField(validators=[EqualTo("field2")]), {"field": "x", "field2": "y"}),
    (StringField(validators=[Regexp("a")]), {"field": "5"}),
    (StringField(validators=[AnyOf([1])]), {"field": "5"}),
    (StringField(validators=[NoneOf(["5"])]), {"field": "5"}),
    (StringField(validators=[URL()]), {"field": "5"}),
    (StringField(validators=[UUID()]), {"field": "5"}),
    (StringField(validators=[IPAddress()]), {"field": "5"}),
    (StringField(validators=[MacAddress()]), {"field": "5"}),
    (StringField(validators=[Disabled()]), {"field": "5"}),
    (StringField(validators=[ReadOnly()]), {"field": "5"}),
]
"""A field with the input that it refuses."""


@pytest.fixture(autouse=True)
def app() -> Iterator[None]:
    app = Flask(__name__)
    app.config["SECRET_KEY"] = "tests only"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(Path(__file__).parents[3] / "translations")
    Babel(app, locale_selector=i18n.locale_name)
    with app.test_request_context():
        yield


def errors_of(field: UnboundField, typed: Mapping[str, str]) -> list[Any]:
    """Return what a form of one field says of what was typed (Any: WTForms ships no types)."""
    parts = {"field": field, "field2": StringField()}
    form = type("OneField", (Form,), parts)(formdata=MultiDict(typed), meta={"csrf": False})
    assert not form.validate()
    return [str(line) for line in form.field.errors]


@pytest.mark.parametrize("lang", ["ar", "ru"])
@pytest.mark.parametrize(("field", "typed"), FIELDS)
def test_no_field_speaks_english_to_who_reads_none(
    lang: str, field: UnboundField, typed: Mapping[str, str]
) -> None:
    with i18n.speaking(lang):
        told = errors_of(field, typed)

    assert told
    assert not [line for line in told if LATIN.search(re.sub("IP|MAC|UUID", "", line))]


def test_the_number_stands_in_its_form() -> None:
    with i18n.speaking("ar"):
        told = [errors_of(StringField(validators=[Length(max=n)]), LONG)[0] for n in NUMBERS]

    assert [line.rsplit(" ", 2)[1:] for line in told[2:]] == [
        ["3", "أحرف."],
        ["11", "حرفاً."],
        ["100", "حرف."],
    ]
    assert told[1].endswith("حرفين.")


def sentences() -> set[str]:
    """Return the sentences that WTForms may say, the singular of those that count."""
    found = set()
    for file in Path(wtforms.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in ("gettext", "ngettext"):
                found |= {arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)}
    return {text for text in found if isinstance(text, str)}


def test_whatever_wtforms_may_say_has_a_sentence_of_ours() -> None:
    said = sentences()

    assert len(said) > 25
    assert said <= field_words.SENTENCES.keys() | field_words.COUNTED.keys()


@pytest.mark.parametrize("theirs", field_words.SENTENCES)
def test_a_sentence_asks_for_nothing_that_wtforms_does_not_give(theirs: str) -> None:
    ours = str(field_words.SENTENCES[theirs])

    assert set(PLACEHOLDER.findall(ours)) <= set(PLACEHOLDER.findall(theirs))
