"""A text in several languages as a form brings it: NAME-ar, NAME-ru, NAME-en."""

from collections.abc import Callable, Collection

from flask import request
from flask_babel import gettext as _

from app.core import i18n
from app.core.text import UnreadableText, clean_line, clean_text


def read(
    name: str, *, required: Collection[str], longest: int
) -> tuple[dict[str, str], dict[str, str]]:
    """Return a line in each language, and by language what is wrong with it."""
    return _read(name, clean_line, required=required, longest=longest)


def read_lines(
    name: str, *, required: Collection[str], longest: int
) -> tuple[dict[str, str], dict[str, str]]:
    """Return a text of several lines in each language, and what is wrong with it."""
    return _read(name, clean_text, required=required, longest=longest)


def _read(
    name: str, clean: Callable[[str], str], *, required: Collection[str], longest: int
) -> tuple[dict[str, str], dict[str, str]]:
    texts, errors = {}, {}
    for code in i18n.LANGUAGES:
        try:
            text = clean(request.form.get(f"{name}-{code}", ""))
        except UnreadableText:
            text = ""
        texts[code] = text[:longest]
        if not text and code in required:
            errors[code] = _("Please write this in this language.")
        elif len(text) > longest:
            errors[code] = _("Please use at most %(most)s characters.", most=longest)
    return texts, errors


def states(texts: dict[str, str]) -> dict[str, str]:
    """Return for each language whether its text is there, as the macro shows it.

    Words are missing only where another language has some.
    """
    lacking = "missing" if any(texts.values()) else "empty"
    return {code: "ok" if texts.get(code) else lacking for code in i18n.LANGUAGES}
