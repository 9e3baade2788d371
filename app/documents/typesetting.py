"""Makes a PDF from a template and what is to stand in it; the templates lie beside this module.

Whatever stands in the document travels as data: no template is ever put together from text, so
that nothing a person typed can become an instruction of it.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from app.catalogue.definition.elements import IssueTemplate
from app.documents import fonts

FOLDER = Path(__file__).parent / "templates"


class Template(StrEnum):
    """Templates of what a post makes for itself; a service names none of them."""

    MANIFEST_1 = "manifest_1"


_ENDLESS = re.compile(r"\S{60}(?=\S)")
"""So much of a word that no line has room for more of it: it may be broken there."""


def typeset(
    template: IssueTemplate | Template, content: Mapping[str, object], *, made_at: datetime
) -> bytes:
    """Return the PDF of a template filled with data; the same in and out for the same moment.

    No sign that somebody typed stops it: in place of what the fonts lack stands U+FFFD.
    """
    # Imported where it is needed: only the worker makes documents, and the wheel is 34 MB.
    import typst

    return typst.compile(
        source_of(template),
        root=FOLDER,
        font_paths=[fonts.FOLDER],
        ignore_system_fonts=True,
        format="pdf",
        # Tagged for those who hear it; with all that it needs inside, as it is kept for ever.
        pdf_standards=["ua-1", "a-2a"],
        sys_inputs={"data": json.dumps(_shown(content), ensure_ascii=False)},
        timestamp=int(made_at.timestamp()),
    )


def _shown(content: object) -> object:
    if isinstance(content, str):
        return _breakable(fonts.shown(content))
    if isinstance(content, Mapping):
        return {name: _shown(part) for name, part in content.items()}
    return list(map(_shown, content)) if isinstance(content, list | tuple) else content


def _breakable(text: str) -> str:
    """Return a text with places to break words without end; pictures and addresses stay whole."""
    return text if text.startswith(("<", "http")) else _ENDLESS.sub("\\g<0>\u200b", text)


def source_of(template: IssueTemplate | Template) -> Path:
    """Return where a template lies."""
    return FOLDER / f"{template.value}.typ"


def hash_of(template: IssueTemplate | Template) -> str:
    """Return the SHA-256 of a template, which is kept with what is made of it."""
    return hashlib.sha256(source_of(template).read_bytes()).hexdigest()
