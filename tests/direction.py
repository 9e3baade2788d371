"""Finds text that runs against its surroundings without being isolated from them."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

AGAINST = {"rtl": re.compile("[A-Za-zА-Яа-яЁё]"), "ltr": re.compile("[\u0600-\u06ff]")}
"""Letters of the other direction."""
ISOLATED = re.compile("[\u2066-\u2068][^\u2066-\u2069]*\u2069")
PLAIN_ONLY = {"title", "option", "textarea", "script", "style"}
"""What can hold no markup; its own direction is that of the page."""


def unisolated(root: Element) -> list[str]:
    """Return the texts of a page whose letters could trade places with what stands beside them."""
    return [text for text, direction in _texts(root, "ltr") if runs_against(text, direction)]


def runs_against(text: str, direction: str) -> bool:
    """Return whether letters of the other direction stand in a text outside isolates."""
    return bool(AGAINST[direction].search(ISOLATED.sub("", text)))


def _texts(element: Element, outer: str) -> Iterator[tuple[str, str]]:
    """Yield each text with the direction around it; none where the text decides itself."""
    if not isinstance(element.tag, str) or element.tag in PLAIN_ONLY:
        return
    direction = element.get("dir") or ("auto" if element.tag == "bdi" else outer)
    if direction in AGAINST:
        yield element.text or "", direction
    for child in element:
        yield from _texts(child, direction)
        if direction in AGAINST:
            yield child.tail or "", direction
