"""Sheets that a citizen signs or keeps: in their language, with the way back in the reader's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request
from flask_babel import gettext as _
from flask_babel import pgettext

from app.core import clock, i18n

ASKED = "in"
"""What names another language in the address of a sheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What stands around a sheet for who prints it, and is not printed."""

    language: str
    back_url: str
    back: str
    print: str
    others: list[tuple[str, str, str]]
    """The other languages in which the sheet can be had: (code, its own name, address)."""


def sheet(
    template: str,
    values: Callable[[], Mapping[str, Any]],  # Any: what a template shows
    *,
    language: str,
    back: str,
) -> str:
    """Return a sheet in the language of its citizen, or in the one that the address asks for.

    `values` is called while that language is spoken; `back` is the way back of the reader.
    """
    spoken = request.args.get(ASKED, "")
    spoken = spoken if spoken in i18n.LANGUAGES else language
    tools = Tools(
        language=i18n.language(),
        back_url=back,
        back=_("Back"),
        print=pgettext("action", "Print"),
        others=[
            (code, name, f"?{urlencode(request.args.to_dict() | {ASKED: code})}")
            for code, name in i18n.LANGUAGES.items()
            if code != spoken
        ],
    )
    with i18n.speaking(spoken):
        return render_template(template, tools=tools, **_around(), **values())


def _around() -> dict[str, Any]:
    """Return what every sheet shows: its second language, and when it was printed."""
    return {"second": "ru" if i18n.language() != "ru" else "ar", "now": clock.now()}
