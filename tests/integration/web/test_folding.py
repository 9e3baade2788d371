"""Folding sentences into compiled templates changes the speed, not the bytes."""

import ast
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.templating import Environment
from jinja2 import DictLoader, lexer
from markupsafe import Markup

from app.core.i18n import speaking
from app.web.templating import FoldingEnvironment
from tests.storm import rush

PAGE = """
{% macro greet(name) %}
<p>{{ _("Fee: %(fee)s. Promised time: %(time)s.", fee=name, time="<b>") }}</p>
{% endmacro %}
<h1>{{ _("Services") }}</h1>{{ greet("<i>") }}
{{ pgettext("column", "Applicant") }}{{ pgettext("state", "Completed") }}{{ 0.5 }}
{{ ngettext("%(num)s working day", "%(num)s working days", 3) }}{% trans %}Services{% endtrans %}
"""
KEPT = """
{% macro said(kind, what) %}<b>{{ what }}: {{ _("Services") }}</b>{% endmacro %}
{% set said = kept(said) %}
"""


def rendered(app: Flask, kind: type[Environment], lang: str) -> str:
    """Return the page as one kind of environment renders it."""
    environment = kind(app, loader=DictLoader({"page.html": PAGE}), autoescape=True)
    environment.add_extension("jinja2.ext.i18n")
    environment.globals.update(app.jinja_env.globals)
    with app.app_context(), speaking(lang):
        return environment.get_template("page.html").render()


def test_folded_pages_have_the_same_bytes(app: Flask) -> None:
    for lang in ("ar", "ru", "en"):
        assert rendered(app, FoldingEnvironment, lang) == rendered(app, Environment, lang)


def test_variables_are_escaped_in_a_folded_sentence(app: Flask) -> None:
    page = rendered(app, FoldingEnvironment, "ru")

    assert "&lt;i&gt;" in page
    assert "<b>" not in page


def test_each_language_has_its_own_templates(app: Flask) -> None:
    pages = {rendered(app, FoldingEnvironment, lang) for lang in ("ar", "ru", "en")}

    assert len(pages) == 3


def test_what_a_macro_kept_is_of_its_language_and_of_its_kind_of_text(app: Flask) -> None:
    environment = FoldingEnvironment(app, loader=DictLoader({"kept.html": KEPT}), autoescape=True)
    environment.globals.update(app.jinja_env.globals)
    said = {}
    for lang in ("ru", "en"):
        with app.app_context(), speaking(lang):
            macro = vars(environment.get_template("kept.html").module)["said"]
            said[lang] = [macro("", "<i>"), macro("", Markup("<i>")), macro("", "<i>")]

    assert said["en"] == ["<b>&lt;i&gt;: Services</b>", "<b><i>: Services</b>", said["en"][0]]
    assert said["ru"][0] == "<b>&lt;i&gt;: Услуги</b>"


@contextmanager
def counted_reading(patch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Note how many threads read a number of a template whenever one begins to."""
    inside, at_once = [0], list[int]()

    def read(text: str) -> Any:
        inside[0] += 1
        at_once.append(inside[0])
        time.sleep(0.002)
        inside[0] -= 1
        return ast.literal_eval(text)

    patch.setattr(lexer, "literal_eval", read)
    yield at_once


@pytest.mark.parametrize(("kind", "is_alone"), [(FoldingEnvironment, True), (Environment, False)])
def test_threads_read_templates_one_after_another(
    app: Flask, monkeypatch: pytest.MonkeyPatch, kind: type[Environment], is_alone: bool
) -> None:
    """F24: eight threads of a new process answer at once; the control is what Flask ships."""

    def read() -> None:
        rendered(app, kind, "ru")

    with counted_reading(monkeypatch) as at_once:
        rush([read] * 8)

    assert (max(at_once) == 1) is is_alone
