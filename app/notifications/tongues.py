"""A mail that says the same in every language: a thief may just have chosen that of the account."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import render_template
from markupsafe import Markup

from app.core import i18n


def again(template: str, context: Callable[[], Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return what a template says in each language that is not spoken now, with its code.

    `context` is made anew in each language (Any: as in letters.context_of).
    """
    return [(code, _said(code, template, context)) for code in _others()]


def _others() -> list[str]:
    return [code for code in i18n.LANGUAGES if code != i18n.language()]


def _said(code: str, template: str, context: Callable[[], Mapping[str, Any]]) -> str:
    with i18n.speaking(code):
        text = render_template(template, **context())
    return Markup(text) if template.endswith(".html") else text  # noqa: S704  (rendered with escaping on)
