"""Every text field of every form: what nobody can read is refused, what nobody sees is dropped."""

import importlib
import inspect
import pkgutil
import unicodedata
from collections.abc import Iterator

import pytest
from flask import Flask
from flask_wtf import FlaskForm
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import FileField, PasswordField, SelectFieldBase, StringField
from wtforms.fields.core import UnboundField

import app as package
from app.web.forms import Form
from tests.nasty import NASTY

AS_TYPED = (PasswordField, FileField, SelectFieldBase)
"""A password counts byte for byte, a file is no text, a choice is one of those offered."""


def forms() -> list[type[Form]]:
    """Return the classes of all forms of the app."""
    for module in pkgutil.walk_packages(package.__path__, "app."):
        if "demo" not in module.name:
            importlib.import_module(module.name)
    return sorted(_below(Form), key=lambda one: f"{one.__module__}.{one.__name__}")


def _below(base: type[Form]) -> Iterator[type[Form]]:
    for one in base.__subclasses__():
        if one.__module__.startswith("app."):
            yield one
        yield from _below(one)


def texts_of(kind: type[Form]) -> list[str]:
    """Return the names of the fields of a form that people write text into."""
    found = []
    for name, field in inspect.getmembers(kind, lambda one: isinstance(one, UnboundField)):
        if not issubclass(field.field_class, AS_TYPED):
            found.append(name)
    return found


FIELDS = [(kind, name) for kind in forms() for name in texts_of(kind)]
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
UNSEEN = "e\u0301\u202eقيمة\u2066\u200bz\u2069"
HALF = "قيمة\ud800"


def kept(kind: type[FlaskForm], name: str, typed: str) -> str:
    """Return the text that a form would hand on, empty where it was refused or is no text."""
    form = kind(formdata=MultiDict({name: typed}), meta={"csrf": False})
    field = form[name]
    return field.data if isinstance(field.data, str) and not field.process_errors else ""


def faults(kind: type[FlaskForm], name: str, typed: str) -> list[str]:
    """Return what is wrong with the text that a form would hand on."""
    text = kept(kind, name, typed)
    found = {
        "a NUL": "\0" in text,
        "half a character": any(unicodedata.category(sign) == "Cs" for sign in text),
        "what turns the line": bool(TURNING & set(text)),
        "not composed": text != unicodedata.normalize("NFC", text),
    }
    return [f"{kind.__name__}.{name} keeps {what}" for what, is_so in found.items() if is_so]


@pytest.mark.security
@pytest.mark.proves("S35", "S36", "names_text-001", "names_text-003")
def test_no_field_hands_on_what_cannot_be_read_or_turns_the_line(app: Flask) -> None:
    with app.test_request_context("/en/", method="POST"):
        wrong = [
            fault
            for kind, name in FIELDS
            for typed in ("Am\0al", HALF, UNSEEN)
            for fault in faults(kind, name, typed)
        ]

    assert len(FIELDS) > 300
    assert wrong == []


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(typed=st.sampled_from(NASTY) | st.text(max_size=60))
@pytest.mark.security
@pytest.mark.grid
@pytest.mark.proves("S35")
def test_whatever_is_typed_every_field_takes_it(app: Flask, typed: str) -> None:
    with app.test_request_context("/en/", method="POST"):
        wrong = [fault for kind, name in FIELDS for fault in faults(kind, name, typed)]

    assert wrong == []


def test_a_field_that_forgot_to_clean_would_be_found(app: Flask) -> None:
    class Forgetful(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
        note = StringField()

    with app.test_request_context("/en/", method="POST"):
        assert faults(Forgetful, "note", UNSEEN) != []
