"""Makes a PDF from a template and what is to stand in it; the templates lie beside this module.

Whatever stands in the document travels as data: no template is ever put together from text, so
that nothing a person typed can become an instruction of it.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from app.catalogue.definition.elements import IssueTemplate

FOLDER = Path(__file__).parent / "templates"
FONTS = FOLDER / "fonts"


class Template(StrEnum):
    """Templates of what a post makes for itself; a service names none of them."""

    MANIFEST_1 = "manifest_1"


def typeset(
    template: IssueTemplate | Template, content: Mapping[str, object], *, made_at: datetime
) -> bytes:
    """Return the PDF of a template filled with data; the same in and out for the same moment."""
    # Imported where it is needed: only the worker makes documents, and the wheel is 34 MB.
    import typst

    return typst.compile(
        source_of(template),
        root=FOLDER,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        format="pdf",
        # Tagged for those who hear it; with all that it needs inside, as it is kept for ever.
        pdf_standards=["ua-1", "a-2a"],
        sys_inputs={"data": json.dumps(content, ensure_ascii=False)},
        timestamp=int(made_at.timestamp()),
    )


def source_of(template: IssueTemplate | Template) -> Path:
    """Return where a template lies."""
    return FOLDER / f"{template.value}.typ"


def hash_of(template: IssueTemplate | Template) -> str:
    """Return the SHA-256 of a template, which is kept with what is made of it."""
    return hashlib.sha256(source_of(template).read_bytes()).hexdigest()
