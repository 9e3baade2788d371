"""The texts that come with the software: which they are, and how they read with ((fields))."""

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from flask import current_app
from flask_babel import gettext

from app.core import i18n
from app.notifications import events
from app.notifications.events import Event
from app.notifications.templates import offered, rules
from app.notifications.templates.rules import Kind, Words

ROOT = Path(__file__).resolve().parents[3]
PLACES = (
    "app/templates/email/**/*.*",
    "app/templates/notifications/lines/*.html",
    "translations/*/LC_MESSAGES/messages.po",
)
_GAPS = re.compile(r"\n{3,}")


@lru_cache(maxsize=1)
def release() -> str:
    """Return by what all shipped texts of this release are told from those of another."""
    found = hashlib.sha256()
    for path in sorted(path for place in PLACES for path in ROOT.glob(place)):
        found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:12]


def wanted_of(event: Event, kind: Kind) -> list[rules.Wanted]:
    """Return without which fields a text of a post is worth nothing: those that are shipped."""
    named = set(_names(event.name, kind))
    wanted = rules.wanted_of(event.needs, kind)
    return [ways for ways in wanted if any(way <= named for way in ways)]


def _names(event: str, kind: Kind) -> list[str]:
    stands = words(event, kind)
    return rules.names_in(stands.subject) + rules.names_in(stands.body)


def words(event: str, kind: Kind) -> Words:
    """Return what is shipped in the language that is spoken now, with names of fields in it.

    What a mail says in some cases only is left out: it stands below the text of a post as well.
    """
    marks = _marks(events.EVENTS[event], kind)
    if kind is not Kind.MAIL:
        return Words(body=_rendered(f"notifications/lines/{event}.html", marks))
    folder = f"email/{event}"
    subject = " ".join(_rendered(f"{folder}/subject.txt", marks).split())
    template = current_app.jinja_env.get_template(f"{folder}/body.txt")
    context = template.new_context({**marks, "subject": subject})
    context.blocks["terms"] = [lambda _context: iter(())]
    # Without what belongs to the frame: the subject on top, and the number of the request.
    main = "".join(template.blocks["main"](context)).strip().removeprefix(subject)
    number = gettext("Number of the request: %(reference)s", reference="((reference))")
    body = _GAPS.sub("\n\n", main.replace(number, "")).strip()
    return Words(subject=subject, body=body)


def _rendered(name: str, marks: dict[str, str]) -> str:
    return current_app.jinja_env.get_template(name).render(marks).strip()


def _marks(event: Event, kind: Kind) -> dict[str, str]:
    fields = offered.fields_of(event, kind)
    return {"place": "", **{field.value: f"(({field.value}))" for field in fields}}


def in_languages(event: str, kind: Kind) -> dict[str, Words]:
    """Return what is shipped in every language."""
    found = {}
    for language in i18n.LANGUAGES:
        with i18n.speaking(language):
            found[language] = words(event, kind)
    return found
