"""How an issued document leaves the server: as a file to save, which runs nothing in a browser."""

from flask import Response

from app.core.errors import NotFound
from app.documents import issued, services
from app.documents.models import Document, IssuedDocument


def pdf_response(row: IssuedDocument) -> Response:
    """Return the PDF of a document under its code; NotFound before it is made, or once lost."""
    return _saved(issued.pdf_of(row), "application/pdf", f"{row.code}.pdf")


def own_pdf_response(document: Document | None, name: str) -> Response:
    """Return a PDF that the post made for itself, under a plain Latin name; NotFound for none."""
    if document is None:
        raise NotFound()
    return _saved(services.own_pdf(document), document.media_type, f"{name}.pdf")


def image_response(body: bytes, name: str = "") -> Response:
    """Return a page image as a picture in which no browser runs anything (reliability S30)."""
    response = Response(body, mimetype="image/jpeg")
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Content-Disposition"] = f'inline; filename="{name}.jpg"' if name else "inline"
    return response


def _saved(data: bytes, media_type: str, name: str) -> Response:
    response = Response(data, mimetype=media_type)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
