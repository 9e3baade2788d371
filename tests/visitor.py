"""Somebody who reads pages and fills in forms without a script, for tests of views.

Forms are sent as they stand in the page, hidden fields and all, so that CSRF tokens and
idempotency keys are the real ones.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from flask.testing import FlaskClient
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from tests import markup

Fields = Mapping[str, Any]  # Any: text, a list of texts, or (stream, file name) for an upload


def text_of(element: Element | None) -> str:
    """Return what is read in an element, white space and direction marks collapsed."""
    if element is None:
        return ""
    return without_marks(" ".join("".join(element.itertext()).split()))


def without_marks(text: str) -> str:
    """Return a text without the invisible marks of direction."""
    return re.sub("[\u2066-\u2069\u200e\u200f]", "", text)


@dataclass(frozen=True)
class Page:
    """A page as it was received."""

    url: str
    status: int
    body: bytes
    headers: Headers

    @cached_property
    def root(self) -> Element:
        """Return the document, parsed when it is looked at first."""
        return markup.parse(self.body)

    @property
    def language(self) -> str:
        """Return the language that the page declares."""
        return self.root.get("lang", "")

    @property
    def heading(self) -> str:
        """Return the one h1; fails when there is none or more than one."""
        headings = list(self.root.iter("h1"))
        assert len(headings) == 1, f"{self.url} has {len(headings)} h1"
        return text_of(headings[0])

    @property
    def text(self) -> str:
        """Return what the reader reads in the main part."""
        return text_of(next(self.root.iter("main"), self.root.find("body")))

    @property
    def errors(self) -> list[str]:
        """Return the lines of the error summary; empty when the page has none."""
        found = self.by_role("alert") + self.by_class("govuk-error-summary")
        return [text_of(item) for box in found[:1] for item in box.iter("li")]

    def by_role(self, role: str) -> list[Element]:
        """Return the elements with a role attribute."""
        return [element for element in self.root.iter() if element.get("role") == role]

    def by_class(self, name: str) -> list[Element]:
        """Return the elements of a class."""
        return [e for e in self.root.iter() if name in (e.get("class") or "").split()]

    def link(self, text: str) -> str:
        """Return the address of the first link whose text contains this."""
        for element in self.root.iter("a"):
            if text in text_of(element):
                return element.get("href", "")
        raise AssertionError(f"{self.url} has no link {text!r}")

    def form(self, button: str | None = None) -> Element:
        """Return the form with this button, or the only form in the main part."""
        main = next(self.root.iter("main"), self.root)
        forms = list(main.iter("form"))
        if button is not None:
            forms = [form for form in forms if _find_button(form, button) is not None]
        assert len(forms) == 1, f"{self.url} has {len(forms)} such forms"
        return forms[0]

    def field(self, label: str) -> str:
        """Return the name of the field with a label."""
        for element in self.root.iter("label"):
            if label in text_of(element):
                target = element.get("for")
                return next(e.get("name", "") for e in self.root.iter() if e.get("id") == target)
        raise AssertionError(f"{self.url} has no label {label!r}")


class Visitor:
    """A browser without scripts; `page` is what it shows now."""

    def __init__(self, client: FlaskClient) -> None:
        """Wrap a test client, cookies and all."""
        self.client = client
        self.page: Page

    def open(self, url: str, **options: Any) -> Page:
        """Open an address and follow where it leads.  (Any: options of the test client.)"""
        return self._show(self.client.get(url, follow_redirects=True, **options))

    def follow(self, link: str) -> Page:
        """Click on the link with this text."""
        return self.open(urljoin(self.page.url, self.page.link(link)))

    def submit(self, fields: Fields | None = None, *, button: str | None = None) -> Page:
        """Send the form with this button (or the only one), these fields changed."""
        form = self.page.form(button)
        values = {**values_of(form), **pressed(form, button), **(fields or {})}
        url = urljoin(self.page.url, _target(form, button) or self.page.url)
        if form.get("method", "get").lower() == "get":
            return self.open(url, query_string=values)
        content_type = form.get("enctype") or "application/x-www-form-urlencoded"
        answer = self.client.post(
            url, data=values, content_type=content_type, follow_redirects=True
        )
        return self._show(answer)

    def _show(self, answer: TestResponse) -> Page:
        path = answer.request.full_path.rstrip("?")
        self.page = Page(path, answer.status_code, answer.get_data(), answer.headers)
        answer.close()
        return self.page


def values_of(form: Element) -> dict[str, Any]:
    """Return what a form would send as it stands.  (Any: a text or a list of texts.)"""
    values: dict[str, Any] = {}
    for element in form.iter():
        name = element.get("name")
        value = _value_of(element)
        if name and value is not None and element.get("disabled") is None:
            values.setdefault(name, []).append(value)
    return {name: many[0] if len(many) == 1 else many for name, many in values.items()}


def _value_of(element: Element) -> str | None:
    if element.tag == "textarea":
        return element.text or ""
    if element.tag == "select":
        return _chosen(element)
    if element.tag != "input":
        return None
    kind = element.get("type", "text")
    if kind in ("submit", "button", "image", "file"):
        return None
    if kind in ("checkbox", "radio") and element.get("checked") is None:
        return None
    return element.get("value", "on" if kind == "checkbox" else "")


def _chosen(select: Element) -> str | None:
    options = list(select.iter("option"))
    marked = [option for option in options if option.get("selected") is not None]
    for option in marked or options[:1]:
        return option.get("value", option.text or "")
    return None


def _find_button(form: Element, words: str) -> Element | None:
    """Return the first button that says or is labelled with these words."""
    return next(
        (b for b in form.iter("button") if words in (b.get("aria-label") or text_of(b))), None
    )


def _target(form: Element, button: str | None) -> str:
    chosen = _find_button(form, button) if button else None
    own = chosen.get("formaction") if chosen is not None else None
    return own or form.get("action") or ""


def pressed(form: Element, button: str | None) -> dict[str, str]:
    """Return what pressing a button adds to its form."""
    for element in form.iter("button"):
        if element.get("name") and (button is None or button in text_of(element)):
            return {element.get("name", ""): element.get("value", "")}
    return {}
