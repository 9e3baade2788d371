"""The limited Markdown of admins' texts: paragraphs, lists, emphasis, links to https."""

from collections.abc import Mapping

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

from app.core import i18n

ALLOWED_TAGS = {"p", "ul", "ol", "li", "strong", "em", "a", "br"}
_reader = MarkdownIt("zero").enable(["emphasis", "link", "list", "newline", "escape"])


def render(texts: Mapping[str, str]) -> Markup:
    """Return a text of an admin as safe HTML in the reader's language, else the nearest."""
    code, text = i18n.pick(texts)
    if not text:
        return Markup()
    clean = nh3.clean(
        _reader.render(text),
        tags=ALLOWED_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"https"},
        link_rel="noopener noreferrer",
    )
    body = Markup(clean)  # noqa: S704  (nh3 has just cleaned it)
    if code == i18n.language():
        return body
    return Markup('<div lang="{}" dir="{}">{}</div>').format(code, i18n.direction(code), body)
