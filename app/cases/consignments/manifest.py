"""The manifest of a consignment: ordered when it is sealed, made by the worker, kept sealed.

It travels with the papers and names their persons, so the copy that stays is sealed with a key of
the consignment.
"""

import io
from collections.abc import Mapping, Sequence

import segno
from flask_babel import gettext as _
from flask_babel import pgettext
from sqlalchemy import select

from app.accounts import rules as persons
from app.accounts.rules import Details
from app.cases.consignments import queries
from app.cases.consignments.models import Consignment, ConsignmentItem
from app.catalogue.models import Post
from app.core import clock, i18n
from app.core.db import db, transaction
from app.documents import services as documents
from app.documents import typesetting
from app.documents.typesetting import Template
from app.jobs import handlers
from app.jobs import queries as job_queries
from app.jobs import services as jobs
from app.jobs.models import Job

MAKE = "cases.make_manifest"
FIRST = "ar"
SECOND = ("ru", "en")
"""Arabic stands on every manifest, and one of these beside it."""


def order(box: Consignment) -> None:
    """Have the manifest of a sealed consignment made, anew where making it has failed."""
    jobs.schedule_anew(
        MAKE, dedupe=_key(box), due_at=clock.now(), arguments={"consignment": box.uid}
    )


def is_missing(box: Consignment) -> bool:
    """Return whether a sealed consignment has no manifest and nobody makes one any more."""
    is_wanted = box.sealed_at is not None and box.document is None
    return is_wanted and not job_queries.is_under_way(_key(box))


def _key(box: Consignment) -> str:
    return f"{MAKE}/{box.uid}"


def register_jobs() -> None:
    """Have the worker make manifests."""
    handlers.register_slow(MAKE, make)


def make(job: Job) -> None:
    """Make one manifest outside of any transaction, then keep it; nothing when it is kept."""
    uid = str(job.arguments["consignment"])
    pdf = typeset(uid)
    db.session.close()
    with transaction():
        keep(uid, pdf)


def typeset(uid: str) -> bytes:
    """Return the manifest of a sealed consignment as PDF; empty when none is to be made."""
    box = _find(uid)
    if box is None or box.document is not None or box.sealed_at is None:
        return b""
    return typesetting.typeset(Template.MANIFEST_1, content(box), made_at=box.sealed_at)


def keep(uid: str, pdf: bytes) -> None:
    """Store a manifest, unless there is one or nothing was made; in the caller's transaction."""
    if not pdf:
        return
    query = select(Consignment).where(Consignment.uid == uid).with_for_update(of=Consignment)
    locked = db.session.scalars(query).one()
    if locked.document is None:
        name = f"manifest-{locked.year}-{locked.number}.pdf"
        locked.document = documents.keep_own(pdf, name=name, data_key=locked.data_key)


def _find(uid: str) -> Consignment | None:
    return db.session.scalar(select(Consignment).where(Consignment.uid == uid))


def content(box: Consignment) -> dict[str, object]:
    """Return what stands in a manifest: its words in both languages, and a line for each case."""
    items = queries.list_items(box.id)
    post = db.session.get_one(Post, box.post_id)
    second = box.language or SECOND[0]
    words = {}
    for name, language in (("first", FIRST), ("second", second)):
        with i18n.speaking(language):
            words[name] = _words(box, post, items)
    return {
        **words,
        "language": second,
        "label": box.label,
        "seal": box.seal,
        "lines": [_line(n, item, second) for n, item in enumerate(items, start=1)],
    }


def _words(box: Consignment, post: Post, items: Sequence[ConsignmentItem]) -> Mapping[str, object]:
    sealed_on = clock.local(box.sealed_at or clock.now(), post.zone).date()
    return {
        "post": i18n.text_in(post.name),
        "title": _("Manifest of a consignment to the capital"),
        "number": _("Number of the consignment"),
        "seal": _("Number of the seal"),
        "sealed": _("Sealed on"),
        "day": i18n.short_day(sealed_on),
        "cases": _("Requests"),
        "case_count": i18n.number(len(items)),
        "sheets": _("Pages of papers"),
        "sheet_count": i18n.number(sum(one.sheets for one in items)),
        "head": [
            _("Reference"),
            _("Applicant"),
            _("Service"),
            _("Pages"),
            pgettext("manifest", "Returned"),
        ],
        "given": _("Handed over by the post"),
        "taken": _("Taken over in the capital"),
        "signed": _("Name, date, signature, stamp"),
        "qr": _("Code with the reference"),
    }


def _line(number: int, item: ConsignmentItem, second: str) -> Mapping[str, object]:
    details = Details.from_json(item.case.person.details or {})
    title = item.case.pinned.content["title"]
    named, services = [], []
    for language in (FIRST, second):
        with i18n.speaking(language):
            named.append(persons.display_name(details, language))
            services.append(i18n.text_in(title))
    return {
        "number": str(number),
        "reference": item.case.reference,
        "names": named if named[0] != named[1] else named[:1],
        "services": services,
        "sheets": str(item.sheets),
        "qr": _qr(item.case.reference),
    }


def _qr(reference: str) -> str:
    """Return the code to scan as SVG: the reference and nothing else."""
    body = io.BytesIO()
    segno.make(reference, error="m", micro=False).save(body, kind="svg", border=0, xmldecl=False)
    return body.getvalue().decode()
