"""What the worker puts into a copy: data as JSON, papers as pages, documents as PDF.

It is written into a file on this machine that has no name, one request after the other.
"""

import json
import tempfile
import zipfile
from collections.abc import Callable
from functools import partial
from typing import IO, Any

from sqlalchemy import select

from app.accounts import queries as accounts
from app.accounts.models import Contact
from app.cases import contents, queries
from app.cases.models import Case, CaseItem
from app.cases.talk.models import ThreadMessage
from app.core import i18n
from app.core.db import db
from app.core.errors import NotFound
from app.documents import issued
from app.documents import services as documents
from app.documents.models import DocumentState, IssuedState
from app.jobs import handlers
from app.jobs.models import Job
from app.notifications.models import Message
from app.reporting import built
from app.reporting.copies import choices, services
from app.reporting.copies.models import DataCopy

Json = dict[str, Any]
"""What goes into the file (Any: JSON)."""
IN_MEMORY = 1024 * 1024


def register_jobs() -> None:
    """Have the worker build copies."""
    handlers.register_slow(services.COPY, build)


def build(job: Job) -> None:
    """Build a copy, unless it is built already."""
    copy = built.find_waiting(DataCopy, str(job.arguments["copy"]))
    if copy is None:
        return
    uid, account_id, language = copy.uid, copy.account_id, copy.language
    with _scratch() as body, i18n.speaking(language):
        with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
            _write(archive, "account.json", _account(account_id))
            for case_id in db.session.scalars(_cases_of(account_id)).all():
                _add_case(archive, queries.get_by_id(case_id))
                db.session.close()
        built.keep(DataCopy, uid, body)


def _scratch() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)


def _cases_of(account_id: int) -> Any:
    # Any: a query of numbers.
    return (
        select(Case.id)
        .where(Case.account_id == account_id, Case.closed_at.is_(None))
        .order_by(Case.id)
    )


def _write(archive: zipfile.ZipFile, name: str, data: Json) -> None:
    archive.writestr(name, json.dumps(data, ensure_ascii=False, indent=1))


def _account(account_id: int) -> Json:
    account = accounts.get_account(account_id)
    contacts = db.session.scalars(select(Contact).where(Contact.account_id == account_id))
    told = db.session.scalars(
        select(Message).where(Message.account_id == account_id).order_by(Message.id)
    )
    return {
        "language": account.language,
        "since": account.created_at.isoformat(),
        "contacts": [{"kind": one.kind.value, "address": one.address} for one in contacts],
        "people": [
            {"kind": kind.value, "details": person.details}
            for person, kind in accounts.list_persons(account_id)
        ],
        **choices.of_account(account),
        "messages": [choices.message(one) for one in told],
    }


def _add_case(archive: zipfile.ZipFile, case: Case) -> None:
    folder = f"requests/{case.reference}"
    _write(archive, f"{folder}/request.json", _case(case))
    for item in case.items:
        _add_pages(archive, folder, item)
    for row in issued.list_of(case.id):
        if row.state is IssuedState.VALID and queries.definition(case).issue_download:
            _add(archive, f"{folder}/documents/{row.code}.pdf", partial(issued.pdf_of, row))


def _case(case: Case) -> Json:
    messages = select(ThreadMessage).where(ThreadMessage.case_id == case.id)
    return {
        "reference": case.reference,
        "service": i18n.text_in(queries.definition(case).title),
        "state": case.state.value,
        "person": case.person.details,
        "answers": queries.answers(case),
        "remarks": {item.key: item.note for item in case.items if item.note},
        "messages": [
            {"at": one.sent_at.isoformat(), "from": one.side.value, "text": one.text}
            for one in db.session.scalars(messages.order_by(ThreadMessage.id))
        ],
        "events": [
            {"at": one.at.isoformat(), "what": one.action.value}
            for one in queries.list_events(case.id)
        ],
    }


def _add_pages(archive: zipfile.ZipFile, folder: str, item: CaseItem) -> None:
    for file in contents.live_files(item):
        document = file.document
        if document.state is not DocumentState.CLEAN:
            continue
        for number in range(1, document.pages + 1):
            name = f"{folder}/papers/{item.key}-{document.uid[:6]}-{number:02d}.jpg"
            _add(archive, name, partial(documents.page_image, document, number))


def _add(archive: zipfile.ZipFile, name: str, read: Callable[[], bytes]) -> None:
    try:
        archive.writestr(name, read())
    except NotFound:
        # Its bytes are lost, which is in the log; the rest leaves all the same.
        archive.writestr(f"{name}.lost", "")
