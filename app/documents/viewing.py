"""Page images as staff see them: with the reader, the moment and the case written across."""

from flask import Response

from app.accounts.models import StaffMember
from app.catalogue import queries as catalogue
from app.core import clock
from app.core.actor import Actor
from app.core.db import db
from app.documents import marking, serving
from app.documents import services as documents
from app.documents.models import Document

LANGUAGE = "en"
"""Of the name: the letters that every system shows and every reader can type."""


def page_response(reference: str, document: Document, page: int, actor: Actor) -> Response:
    """Return one page of a clean document of a case, marked, as an image that no browser runs."""
    return marked_response(reference, documents.page_image(document, page), actor, number=page)


def marked_response(
    reference: str, image: bytes, actor: Actor, *, number: int | None = None
) -> Response:
    """Return an image of a case, such as a small picture of a paper, marked in the same way."""
    name = f"{reference}-{number}" if number else reference
    return serving.image_response(marking.marked(image, _words(reference, actor)), name)


def _words(reference: str, actor: Actor) -> str:
    staff = db.session.get(StaffMember, actor.id) if actor.id else None
    name = (staff.name.get(LANGUAGE) if staff else "") or f"#{actor.id}"
    now = clock.local(clock.now(), catalogue.current_zone())
    return f"{reference} · {name} · {now:%Y-%m-%d %H:%M}"
