"""The line that stands for an event as plain text: rendered once, filled in for each message."""

import re
from collections.abc import Mapping
from functools import lru_cache

from flask import render_template
from jinja2.filters import do_striptags

from app.core import i18n

SLOT = re.compile("\ue000([^\ue001]*)\ue001")
"""The name of a value between two signs that mean nothing to anybody."""


def plain(event: str, context: Mapping[str, object]) -> str:
    """Return the shipped line of an event in the language that is spoken now.

    The line of an event is one sentence without conditions (a test holds it to that): it can be
    taken apart at its values.
    """
    parts = _parts(event, i18n.language(), tuple(context))
    said = [
        " ".join(str(context[part]).split()) if number % 2 else part
        for number, part in enumerate(parts)
    ]
    return "".join(said).strip()


@lru_cache(maxsize=1024)
def _parts(event: str, _language: str, names: tuple[str, ...]) -> list[str]:
    """Return the sentence in turns: text, the name of a value, text."""
    slots = {name: f"\ue000{name}\ue001" for name in names}
    rendered = render_template(f"notifications/lines/{event}.html", **slots)
    return SLOT.split(do_striptags(rendered))
