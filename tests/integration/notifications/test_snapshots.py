"""What is shipped, word for word: every event as mail, HTML and short message in every language.

`make snapshots` writes the files anew; the difference is then read like any other change.
"""

import os
import re
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
import time_machine
from flask import Flask

from app.core import i18n
from app.core.db import transaction
from app.notifications import events, letters
from tests import markup
from tests.factories import announcements, messages

FOLDER = Path(__file__).parent / "snapshots"
RENEW = "RENEW_SNAPSHOTS"
HOLES = re.compile(r"\(\(|\)\)|\{\{|\{%|%\(|\bNone\b|\bUndefined\b")
PERSONAL = re.compile(r"layan|ليان|лаян|samer|\+7\d|passport no|\bN\d{9}\b", re.IGNORECASE)
MARKS = {"\u2066": "‹", "\u2069": "›"}
"""Marks that isolate, as signs that can be seen in a difference."""


def written(app: Flask, event: str) -> tuple[letters.Texts, str]:
    """Return mail and short message of an event in the language that is spoken."""
    payload = messages.payload(event)
    has_line = (Path(app.root_path) / f"templates/notifications/lines/{event}.html").exists()
    short = letters.write_short(event, payload) if has_line else ""
    return letters.write(event, payload), short


def snapshot(texts: letters.Texts, short: str) -> str:
    """Return a message in a form that shows all of its words and what stands around them."""
    plain = texts.plain.partition("\n-- \n")[0]
    parts = [f"= {texts.subject}", plain.rstrip(), "= html", *outline(texts.rich), "= sms", short]
    text = "\n".join(part for part in parts if part)
    return "".join(MARKS.get(sign, sign) for sign in text) + "\n"


def outline(rich: str) -> list[str]:
    """Return the elements of a mail that say something, with their words, one a line."""
    body = markup.parse(rich).find("body")
    assert body is not None
    return [line for part in body.iter() if (line := _line(part))]


def _line(part: Element) -> str:
    if part.tag not in ("h1", "p", "li", "a"):
        return ""
    said = " ".join("".join(part.itertext()).split())
    return f"{part.tag} {part.get('href')}" if part.tag == "a" else f"{part.tag} {said}"


@pytest.mark.parametrize("language", list(i18n.LANGUAGES))
def test_every_message_reads_as_it_was_looked_at(app: Flask, language: str) -> None:
    path = FOLDER / f"{language}.txt"
    with app.test_request_context(), transaction(), time_machine.travel("2026-11-26", tick=False):
        announcements.known()
        with i18n.speaking(language):
            found = {event: written(app, event) for event in events.EVENTS}
    text = "".join(f"# {event}\n{snapshot(*found[event])}\n" for event in sorted(found))
    if os.environ.get(RENEW):
        FOLDER.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    assert text.split("\n# ") == path.read_text("utf-8").split("\n# ")


@pytest.mark.parametrize("language", list(i18n.LANGUAGES))
def test_every_mail_runs_in_the_direction_of_its_language(app: Flask, language: str) -> None:
    with app.test_request_context(), transaction():
        announcements.known()
        with i18n.speaking(language):
            found = {event: written(app, event) for event in events.EVENTS}
    for event, (texts, short) in found.items():
        root = markup.parse(texts.rich)
        assert (root.get("lang"), root.get("dir")) == (language, i18n.direction(language)), event
        side = "right" if language == "ar" else "left"
        assert f"border-{side}:4px" in texts.rich, event
        inner = [one for one in root.iter() if one is not root]
        said = {(one.get("lang"), one.get("dir")) for one in inner if one.tag == "div"}
        said = {(code, side) for code, side in said if code}
        assert said <= {(code, i18n.direction(code)) for code in i18n.LANGUAGES}, event
        assert {one.get("dir") for one in inner if not one.get("lang")} <= {"ltr", None}, event
        for text in (texts.subject, texts.plain, short, "\n".join(outline(texts.rich))):
            assert not HOLES.search(text), (event, text)
            assert not PERSONAL.search(text), (event, text)
