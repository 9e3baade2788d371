"""How a text reads in every language, with made-up values and in its frame."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from markupsafe import Markup

from app.core import i18n
from app.notifications import events, letters
from app.notifications.rules import count_parts
from app.notifications.templates import examples, rules, wording
from app.notifications.templates.queries import Place
from app.notifications.templates.rules import Fault, Kind, Problem, Words

_LATIN = re.compile(rf"(https?://[^\s<]+|{examples.REFERENCE})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A message as its reader gets it in one language."""

    language: str
    subject: Markup
    paragraphs: list[Markup]
    room: str
    """What a short message takes, empty for the others."""
    is_shipped: bool


def of_all(place: Place, texts: Mapping[str, Words]) -> list[Preview]:
    """Return how a text reads in each language; the shipped one where it has no words."""
    return [_preview(place, language, texts.get(language)) for language in i18n.LANGUAGES]


def _preview(place: Place, language: str, words: Words | None) -> Preview:
    payload = examples.payload(events.EVENTS[place.event], place.post_id)
    room = ""
    with i18n.speaking(language):
        subject, paragraphs = _read(place, payload, words)
        if place.kind is Kind.SHORT:
            sent = letters.write_short(place.event, payload, words)
    if place.kind is Kind.SHORT:
        room = wording.room(sent)
    return Preview(
        language=language,
        subject=subject,
        paragraphs=paragraphs,
        room=room,
        is_shipped=not words,
    )


def _read(
    place: Place, payload: Mapping[str, str], words: Words | None
) -> tuple[Markup, list[Markup]]:
    if place.kind is Kind.MAIL:
        texts = letters.write(place.event, payload, words)
        parts = texts.plain.partition("\n-- \n")[0].removeprefix(texts.subject)
        return _shown(texts.subject), [_shown(part) for part in rules.paragraphs(parts)]
    if place.kind is Kind.SHORT:
        return Markup(), [_shown(letters.write_short(place.event, payload, words))]
    return Markup(), [letters.write_line(place.event, payload, words)]


def _shown(text: str) -> Markup:
    """Return plain text for a page: its lines, and what is Latin kept in order."""
    return Markup("<br>").join(_in_order(line) for line in text.split("\n"))


def _in_order(line: str) -> Markup:
    runs = enumerate(_LATIN.split(line))
    return Markup().join(_isolated(run) if place % 2 else run for place, run in runs)


def _isolated(latin: str) -> Markup:
    """Return what is Latin as one run, in which a number of a request breaks at no hyphen."""
    whole = Markup('<span class="j-nowrap">{}</span>').format(examples.REFERENCE)
    return Markup('<bdi dir="ltr">{}</bdi>').format(whole.join(latin.split(examples.REFERENCE)))


def too_long(place: Place, language: str, words: Words) -> Problem | None:
    """Return a problem where a short message takes more parts than it is worth."""
    if place.kind is not Kind.SHORT or not words:
        return None
    payload = examples.payload(events.EVENTS[place.event], place.post_id)
    with i18n.speaking(language):
        parts = count_parts(letters.write_short(place.event, payload, words))
    if parts <= rules.MOST_PARTS:
        return None
    return Problem(fault=Fault.PARTS, name=str(parts), most=rules.MOST_PARTS)


def note_of(language: str, main: str, *, is_shipped: bool) -> str:
    """Return what an editor says below a language that has no words of the post."""
    if not is_shipped:
        return ""
    if language == main:
        return _("The shipped text stands here. It is sent until you change it.")
    return _("The shipped text is sent in this language.")
