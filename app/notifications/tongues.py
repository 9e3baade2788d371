"""A mail that says the same in every language: a thief may just have chosen that of the account."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import current_app
from jinja2.environment import TemplateModule

from app.core import i18n


def again(template: str, context: Callable[[], Mapping[str, Any]]) -> list[tuple[str, object]]:
    """Return what a template says in each language that is not spoken now, with its code.

    `context` is made anew in each language (Any: as in letters.context_of). What it says can be
    put into a mail of its own kind, where it is not escaped once more.
    """
    others = (code for code in i18n.LANGUAGES if code != i18n.language())
    return [(code, _said(code, template, context)) for code in others]


def _said(code: str, template: str, context: Callable[[], Mapping[str, Any]]) -> TemplateModule:
    with i18n.speaking(code):
        return current_app.jinja_env.get_template(template).make_module(dict(context()))
