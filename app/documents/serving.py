"""How an issued document leaves the server: as a file to save, which runs nothing in a browser."""

from flask import Response

from app.documents import issued
from app.documents.models import IssuedDocument


def pdf_response(row: IssuedDocument) -> Response:
    """Return the PDF of a document under its code; NotFound before it is made."""
    response = Response(issued.pdf_of(row), mimetype="application/pdf")
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Content-Disposition"] = f'attachment; filename="{row.code}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response
