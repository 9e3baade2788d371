"""The limited Markdown of admins' texts: paragraphs, lists, emphasis, links to https or here."""

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
    body = to_html(text)
    if code == i18n.language():
        return body
    return Markup('<div lang="{}" dir="{}">{}</div>').format(code, i18n.direction(code), body)


def to_html(text: str) -> Markup:
    """Return Markdown as safe HTML; a link leads to https or to a page of this site."""
    clean = nh3.clean(
        _reader.render(text),
        tags=ALLOWED_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"https"},
        url_relative=_on_this_site,
        link_rel="noopener noreferrer",
    )
    return Markup(clean)  # noqa: S704  (nh3 has just cleaned it)


def _on_this_site(address: str) -> str | None:
    """Return a relative address, None for one that names a host: a browser reads \\ as /."""
    return None if address.replace("\\", "/").startswith("//") else address
