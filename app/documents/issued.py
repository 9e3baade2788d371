"""Documents that the post issues: ordered, made by the worker, superseded, revoked, verified."""

import io
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import segno
from flask import current_app
from sqlalchemy import func, select

from app.catalogue.definition.elements import IssueTemplate
from app.core import clock, signing
from app.core import reference as references
from app.core.crypto import DataKey, Unreadable
from app.core.db import add_once, db
from app.core.errors import Conflict, NotFound
from app.documents import services, typesetting
from app.documents.models import IssuedDocument, IssuedState

logger = logging.getLogger(__name__)

PREFIX = "DC"
"""Before the code of a document, as the prefix of its post stands before a request's."""
PURPOSE = "issued document"
MOST_COLLISIONS = 5
LARGEST_NUMBER = 2**31 - 1
"""A larger one neither database takes."""
STUCK_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a document is to be: of which case and version, after which template, by whom."""

    case_id: int
    post_id: int
    version_id: int
    data_key: DataKey
    template: IssueTemplate
    ending: str
    issued_on: date
    issued_by: int
    statement: Mapping[str, str]
    """What the officer writes in it, by language; empty where nothing is asked for."""


def order(wanted: Order, *, key: str) -> IssuedDocument:
    """Return a new document of a locked case that still has to be made, or that of this key."""
    known = find_by_key(wanted.case_id, key)
    if known is not None:
        return known
    for _attempt in range(MOST_COLLISIONS):
        row = _row(wanted, key)
        if add_once(row):
            return row
    raise Conflict()


def _row(wanted: Order, key: str) -> IssuedDocument:
    last = db.session.scalar(
        select(func.max(IssuedDocument.number)).where(IssuedDocument.case_id == wanted.case_id)
    )
    row = IssuedDocument(
        case_id=wanted.case_id,
        post_id=wanted.post_id,
        version_id=wanted.version_id,
        data_key=wanted.data_key,
        number=(last or 0) + 1,
        key=key[:64],
        code=str(references.make(PREFIX)),
        state=IssuedState.ORDERED,
        template=wanted.template.value,
        template_sha256=typesetting.hash_of(wanted.template),
        issued_on=wanted.issued_on,
        issued_by=wanted.issued_by,
        ordered_at=clock.now(),
    )
    row.ending = wanted.ending
    row.statement = dict(wanted.statement) or None
    return row


def conclude(issued: IssuedDocument, pdf: bytes) -> None:
    """Keep what was made of a locked order and let it take the place of the one before."""
    if issued.state is not IssuedState.ORDERED:
        return
    earlier = find_valid(issued.case_id)
    if earlier is not None:
        earlier.state = IssuedState.SUPERSEDED
    db.session.flush()
    issued.document = services.keep_own(pdf, name=f"{issued.code}.pdf", data_key=issued.data_key)
    issued.state = IssuedState.VALID
    issued.made_at = clock.now()
    db.session.flush()
    logger.info("document made", extra={"document": issued.uid})


def revoke(issued: IssuedDocument, *, reason: str, by: int) -> None:
    """Declare a valid document void for good; raises Conflict for any other."""
    if issued.state is not IssuedState.VALID:
        raise Conflict()
    issued.state = IssuedState.REVOKED
    issued.reason = reason
    issued.revoked_at, issued.revoked_by = clock.now(), by
    db.session.flush()


def find_waiting(case_id: int) -> IssuedDocument | None:
    """Return the document of a case that is still to be made, or None; there is one at most."""
    return db.session.scalar(
        select(IssuedDocument).where(
            IssuedDocument.case_id == case_id, IssuedDocument.state == IssuedState.ORDERED
        )
    )


def find_valid(case_id: int) -> IssuedDocument | None:
    """Return the valid document of a case, or None; there is one at most."""
    return db.session.scalar(
        select(IssuedDocument).where(
            IssuedDocument.case_id == case_id, IssuedDocument.state == IssuedState.VALID
        )
    )


def is_stuck(issued: IssuedDocument) -> bool:
    """Return whether an order waits longer than any making takes."""
    is_late = clock.now() - issued.ordered_at > STUCK_AFTER
    return issued.state is IssuedState.ORDERED and is_late


def find_by_uid(uid: str) -> IssuedDocument | None:
    """Return a document, or None."""
    return db.session.scalar(select(IssuedDocument).where(IssuedDocument.uid == uid))


def lock(uid: str) -> IssuedDocument | None:
    """Return a document as it stands now, locked until the transaction ends, or None."""
    return db.session.scalar(
        select(IssuedDocument)
        .where(IssuedDocument.uid == uid)
        .with_for_update(of=IssuedDocument)
        .execution_options(populate_existing=True)
    )


def find_by_key(case_id: int, key: str) -> IssuedDocument | None:
    """Return the document that was ordered by this very form, or None."""
    return db.session.scalar(
        select(IssuedDocument).where(
            IssuedDocument.case_id == case_id, IssuedDocument.key == key[:64]
        )
    )


def get_numbered(case_id: int, number: int) -> IssuedDocument:
    """Return a document of a case by its number, or raise NotFound."""
    if number > LARGEST_NUMBER:
        raise NotFound()
    found = db.session.scalar(
        select(IssuedDocument).where(
            IssuedDocument.case_id == case_id, IssuedDocument.number == number
        )
    )
    if found is None:
        raise NotFound()
    return found


def list_of(case_id: int) -> Sequence[IssuedDocument]:
    """Return the documents of a case, the newest first."""
    return db.session.scalars(
        select(IssuedDocument)
        .where(IssuedDocument.case_id == case_id)
        .order_by(IssuedDocument.number.desc())
    ).all()


def find_by_code(typed: str) -> IssuedDocument | None:
    """Return the document whose code was typed, once it is made; None for whatever else.

    A wrong check character, an unknown code and an order that waits cost the same statement.
    """
    try:
        code = str(references.parse(typed))
    except references.WrongReference:
        code = ""
    return db.session.scalar(
        select(IssuedDocument).where(
            IssuedDocument.code == code, IssuedDocument.state != IssuedState.ORDERED
        )
    )


def ending_of(issued: IssuedDocument) -> str:
    """Return the last characters of the number on a document; none once its person is erased."""
    try:
        return issued.ending or ""
    except Unreadable:
        return ""


def pdf_of(issued: IssuedDocument) -> bytes:
    """Return the bytes that were made; NotFound before, and when they are lost or damaged."""
    if issued.document is None:
        raise NotFound()
    return services.own_pdf(issued.document)


def address_of(issued: IssuedDocument) -> str:
    """Return the signed address that the code on a document leads to, in no language."""
    key_id = signing.current_key()
    signature = signing.sign(PURPOSE, _signed(issued.code), key_id=key_id)
    return f"{entrance()}/{issued.code}/{key_id}/{signature}"


def entrance() -> str:
    """Return the address at which a document is verified by hand."""
    return f"{current_app.config['SETTINGS'].base_url}/verify"


def is_signed(code: str, *, key_id: str, signature: str) -> bool:
    """Return whether this deployment put such a code on a document."""
    return signing.is_genuine(PURPOSE, _signed(code), key_id=key_id, signature=signature)


def _signed(code: str) -> str:
    return references.fold(code)


def qr_of(issued: IssuedDocument) -> str:
    """Return the code to scan as SVG."""
    body = io.BytesIO()
    segno.make(address_of(issued), error="m").save(body, kind="svg", border=0, xmldecl=False)
    return body.getvalue().decode()
