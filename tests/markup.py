"""Reading a page into a tree as a browser does: every end tag that is left out, every mend."""

from xml.etree.ElementTree import Element, SubElement

from selectolax.lexbor import LexborHTMLParser, LexborNode


def parse(body: bytes | str) -> Element:
    """Return the document; comments are left out.

    A tree of the standard library, which is walked many times, from a parser that is not written
    in Python: half a thousand pages are read in one run.
    """
    text = body.decode() if isinstance(body, bytes) else body
    node = LexborHTMLParser(text).root
    assert node is not None
    root = Element("html", _attributes(node))
    _copy(node, root)
    return root


def _attributes(node: LexborNode) -> dict[str, str]:
    return {name: value or "" for name, value in node.attributes.items()}


def _copy(node: LexborNode, into: Element) -> None:
    """Copy what is inside a node; a tree of this kind keeps text beside the element before it."""
    last: Element | None = None
    child = node.first_child
    while child is not None:
        if child.is_element_node:
            last = SubElement(into, child.tag or "", _attributes(child))
            _copy(child, last)
        elif child.is_text_node:
            text = child.text_content or ""
            if last is None:
                into.text = (into.text or "") + text
            else:
                last.tail = (last.tail or "") + text
        child = child.next
