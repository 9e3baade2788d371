"""Visitors who are served at the counter: who looks at what of theirs is on record.

They have no account, so that the pages on which citizens file are open to staff at the door, who
read there what the desk shows to few.
"""

from contextlib import suppress

from flask import Flask, request
from flask.typing import ResponseReturnValue

from app.cases import looking, queries
from app.core.errors import NotFound
from app.documents import services as documents
from app.documents import serving, viewing
from app.documents.models import Document
from app.web.access import acting, current_actor


def init_app(app: Flask) -> None:
    """Record once a day that a member of staff opened a request of a visitor."""

    @app.before_request
    def note() -> None:
        actor, reference = current_actor(), (request.view_args or {}).get("reference")
        if actor is not None and actor.at_counter and reference is not None:
            # What is not there, or not theirs, is refused by the view.
            with suppress(NotFound):
                looking.note(looking.CASE, queries.get_uid(reference, actor), actor)


def small_picture(reference: str, document: Document) -> ResponseReturnValue:
    """Return a small picture of a paper, for staff marked with who looks at it and recorded."""
    return _shown(reference, document, documents.preview(document))


def page_image(reference: str, document: Document, number: int) -> ResponseReturnValue:
    """Return a page of a paper, for staff marked with who looks at it and recorded."""
    return _shown(reference, document, documents.page_image(document, number))


def _shown(reference: str, document: Document, image: bytes) -> ResponseReturnValue:
    if not acting().at_counter:
        return serving.image_response(image)
    looking.note(looking.PAPER, document.uid, acting())
    return viewing.marked_response(reference, image, acting())
