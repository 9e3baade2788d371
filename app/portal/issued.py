"""The document of a request, for its applicant: downloaded, or said to be handed over."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from app.cases import queries
from app.cases.models import Case
from app.core.errors import NotFound
from app.documents import issued as documents
from app.documents import serving
from app.documents.models import IssuedDocument, IssuedState
from app.web.access import acting, signed_in

PATH = "/requests"
bp = Blueprint("issued", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The document that was issued last; `url` is empty where it is handed over only."""

    code: str
    issued_on: date
    is_revoked: bool
    url: str


def of(case: Case) -> Shown | None:
    """Return the document of a request, or None while there is none."""
    row = _newest(case)
    if row is None:
        return None
    is_revoked = row.state is IssuedState.REVOKED
    may_download = queries.definition(case).issue_download and not is_revoked
    return Shown(
        code=row.code,
        issued_on=row.issued_on,
        is_revoked=is_revoked,
        url=url_for("issued.download", reference=case.reference) if may_download else "",
    )


def _newest(case: Case) -> IssuedDocument | None:
    if queries.definition(case).issue_template is None:
        return None
    made = (row for row in documents.list_of(case.id) if row.state is not IssuedState.ORDERED)
    return next(made, None)


@bp.get("/<reference>/document.pdf")
@signed_in
def download(reference: str) -> ResponseReturnValue:
    """Return the valid document where the service lets the applicant have it."""
    case = queries.get_case(reference, acting())
    row = _newest(case)
    if row is None or row.state is not IssuedState.VALID:
        raise NotFound()
    if not queries.definition(case).issue_download:
        raise NotFound()
    return serving.pdf_response(row)
