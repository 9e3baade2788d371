"""Taking files in, having them looked at, and giving out page images of clean ones."""

import hashlib
import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import IO, Protocol

from app.core import clock
from app.core.crypto import DataKey, Unreadable, seal, unseal
from app.core.db import db
from app.core.errors import NotFound
from app.documents import decoder, queries, rules, scanner, storage, wording
from app.documents.models import Document, DocumentState
from app.documents.rules import FileKind, Measures, Reason
from app.jobs import services as jobs

logger = logging.getLogger(__name__)

CHECK = "documents.check"
SWEEP = "documents.sweep"
REMAINS_AFTER = timedelta(hours=1)
ORPHANS_AFTER = timedelta(days=1)
BATCH = 500


class Attachment(Protocol):
    """A file as a form brings it."""

    filename: str | None
    stream: IO[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that opens and may be kept; a picture comes with its measures."""

    name: str
    kind: FileKind
    data: bytes
    measures: Measures | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What looking at a document came to: a number of pages, or a reason to refuse it."""

    pages: int = 0
    reason: Reason | None = None


def receive(
    file: Attachment,
    *,
    data_key: DataKey,
    formats: Collection[str],
    max_bytes: int = rules.LARGEST_FILE,
    max_pages: int = 1,
) -> Document:
    """Examine a file and keep it; raises Invalid with the sentence for the citizen.

    Where a transaction is open, prefer `examine` before it and `keep` inside: looking at a
    file takes up to a second, and SQLite has one writer.
    """
    return keep(
        examine(file, formats=formats, max_bytes=max_bytes, max_pages=max_pages), data_key=data_key
    )


def examine(
    file: Attachment,
    *,
    formats: Collection[str],
    max_bytes: int = rules.LARGEST_FILE,
    max_pages: int = 1,
) -> Upload:
    """Return a file that opens, of an allowed kind and size, or raise Invalid; writes nothing."""
    file.stream.seek(0)
    data = file.stream.read(min(max_bytes, rules.LARGEST_FILE) + 1)
    kind = rules.kind_of(data[: rules.HEAD])
    reason = rules.size_refusal(len(data), max_bytes=max_bytes) or rules.kind_refusal(kind, formats)
    measures = None
    if kind is not None and reason is None:
        measures, reason = _probe(data, kind, min(max_pages, rules.MOST_PAGES))
    if kind is None or reason is not None:
        raise wording.refusal(
            reason or Reason.WRONG_KIND, formats=formats, max_bytes=max_bytes, max_pages=max_pages
        )
    name = rules.name_of(file.filename, kind)
    return Upload(name=name, kind=kind, data=data, measures=measures)


def picture_of(
    file: Attachment, *, formats: Collection[str], max_bytes: int = rules.LARGEST_FILE
) -> bytes:
    """Return a small JPEG of a picture that everybody may see; raises Invalid as `examine`.

    It is made by the child that looks at untrusted files: of those that were sent, nothing but
    what can be seen is left.
    """
    upload = examine(file, formats=formats, max_bytes=max_bytes)
    if _is_infected_now(upload.data):
        raise wording.refusal(Reason.INFECTED, formats=formats, max_bytes=max_bytes, max_pages=1)
    return decoder.sample(upload.data, upload.kind, folder=storage.current().incoming)


def _is_infected_now(data: bytes) -> bool:
    try:
        return scanner.is_infected(data)
    except scanner.NoAnswer:
        raise wording.NotScanned() from None


def _probe(data: bytes, kind: FileKind, max_pages: int) -> tuple[Measures | None, Reason | None]:
    folder = storage.current().incoming
    try:
        return decoder.probe(data, kind, max_pages=max_pages, folder=folder), None
    except decoder.Refused as refused:
        return None, refused.reason


def keep(upload: Upload, *, data_key: DataKey) -> Document:
    """Store an examined file sealed and quarantined, and have it looked at by the worker."""
    document = Document(
        data_key=data_key,
        sha256=hashlib.sha256(upload.data).hexdigest(),
        size=len(upload.data),
        media_type=rules.MEDIA_TYPES[upload.kind],
        state=DocumentState.QUARANTINED,
        created_at=clock.now(),
    )
    document.name = upload.name
    with _stored(document, upload.data):
        _schedule_check(document.uid, dedupe=document.uid)
    return document


def keep_own(data: bytes, *, name: str, data_key: DataKey) -> Document:
    """Store a PDF that this software made, sealed; nobody has to look at it first."""
    now = clock.now()
    document = Document(
        data_key=data_key,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        media_type=rules.MEDIA_TYPES[FileKind.PDF],
        state=DocumentState.CLEAN,
        created_at=now,
        checked_at=now,
    )
    document.name = name
    with _stored(document, data):
        return document


@contextmanager
def _stored(document: Document, data: bytes) -> Iterator[None]:
    """Have bytes and row of a new document written, and no bytes left when that fails."""
    with ExitStack() as undo:
        undo.callback(storage.current().delete, [_key(document, storage.ORIGINAL)])
        _put(document, storage.ORIGINAL, data)
        db.session.add(document)
        db.session.flush()
        yield
        undo.pop_all()


def _schedule_check(uid: str, *, dedupe: str) -> None:
    jobs.schedule(
        CHECK, dedupe=f"{CHECK}/{dedupe}", due_at=clock.now(), arguments={"document": uid}
    )


def check_again(now: datetime) -> int:
    """Schedule what is still quarantined after an hour, such as when the scanner was away."""
    uids = queries.list_waiting(now - REMAINS_AFTER)
    for uid in uids:
        _schedule_check(uid, dedupe=f"{uid}/{now:%Y%m%d%H}")
    return len(uids)


def look_at(uid: str) -> Outcome | None:
    """Have a quarantined document scanned and its page images stored; None when that is done.

    Slow, and writes to the store only: the row is `conclude`'s. Raises scanner.NoAnswer, upon
    which the document stays where it is and is looked at again.
    """
    document = queries.find_document(uid)
    if document is None or document.state is not DocumentState.QUARANTINED:
        return None
    try:
        data = original(document)
    except (storage.Missing, Unreadable):
        logger.error("a new document has lost its bytes", extra={"document": uid})
        return Outcome(reason=Reason.LOST)
    if scanner.is_infected(data):
        return Outcome(reason=Reason.INFECTED)
    kind = rules.kind_of_media_type(document.media_type)
    try:
        images = decoder.pages(
            data, kind, max_pages=rules.MOST_PAGES, folder=storage.current().incoming
        )
    except decoder.Refused as refused:
        return Outcome(reason=refused.reason)
    return store_pages(document, images)


def store_pages(document: Document, images: Sequence[bytes]) -> Outcome:
    """Keep the images that the decoder made, the small one first; return what came of it."""
    if len(images) < 2:
        return Outcome(reason=Reason.UNREADABLE)
    small, *pages = images
    _put(document, storage.SMALL, small)
    for number, image in enumerate(pages, start=1):
        _put(document, storage.page_part(number), image)
    return Outcome(pages=len(pages))


def conclude(uid: str, outcome: Outcome) -> None:
    """Write down what looking at a document came to, once, unless it was taken away meanwhile."""
    document = queries.find_document(uid)
    if document is None or document.state is not DocumentState.QUARANTINED:
        return
    document.state = DocumentState.REFUSED if outcome.reason else DocumentState.CLEAN
    document.reason, document.trouble = outcome.reason, None
    document.pages = outcome.pages
    document.checked_at = clock.now()
    logger.info("document checked", extra={"document": uid, "state": document.state.value})


def note_trouble(uid: str, trouble: rules.Trouble) -> None:
    """Write down why a quarantined document still waits, for staff to read."""
    document = queries.find_document(uid)
    if document is not None and document.state is DocumentState.QUARANTINED:
        document.trouble = trouble


def page_image(document: Document, number: int) -> bytes:
    """Return the JPEG of a page, counted from 1; NotFound unless the document is clean."""
    if not 1 <= number <= document.pages:
        raise NotFound()
    return _clean_part(document, storage.page_part(number))


def preview(document: Document) -> bytes:
    """Return a small JPEG of the first page; NotFound unless the document is clean."""
    return _clean_part(document, storage.SMALL)


def own_pdf(document: Document) -> bytes:
    """Return a PDF that this software made; Damaged when its bytes are lost or changed."""
    data = _clean_part(document, storage.ORIGINAL)
    if hashlib.sha256(data).hexdigest() != document.sha256:
        raise _lost(document)
    return data


def _clean_part(document: Document, part: str) -> bytes:
    if document.state is not DocumentState.CLEAN:
        raise NotFound()
    try:
        return _get(document, part)
    except (storage.Missing, Unreadable):
        raise _lost(document) from None


def _lost(document: Document) -> wording.Damaged:
    """Have the operators read of it, and return what the reader is told."""
    logger.error("a clean document has lost its bytes", extra={"document": document.uid})
    return wording.Damaged()


def original(document: Document) -> bytes:
    """Return the bytes as they came; they are for the checks, not for any page."""
    return _get(document, storage.ORIGINAL)


def part_of(document: Document, part: str) -> bytes:
    """Return one stored part, opened; raise storage.Missing or Unreadable when it is damaged."""
    return _get(document, part)


def _key(document: Document, part: str) -> str:
    return storage.key_of(document.uid, part)


def _place(document: Document, part: str) -> str:
    return f"document:{part}:{document.uid}"


def _put(document: Document, part: str, data: bytes) -> None:
    sealed = seal(document.data_key, data, _place(document, part))
    storage.current().put(_key(document, part), sealed)


def _get(document: Document, part: str) -> bytes:
    sealed = storage.current().get(_key(document, part))
    return unseal(document.data_key, sealed, _place(document, part))


def schedule_sweep(period_at: datetime) -> None:
    """Schedule the sweep of this hour's share of the store, a small job for each folder of it.

    The whole store is seen once a day, and listing no part of it outlasts the worker's limit.
    """
    for prefix in rules.prefixes_at(period_at.hour):
        jobs.schedule(
            SWEEP,
            dedupe=f"{SWEEP}/{prefix}/{period_at:%Y%m%d%H}",
            due_at=period_at,
            arguments={"prefix": prefix},
        )


def sweep(now: datetime, *, prefix: str) -> int:
    """Remove what is left over in one folder; return how many files that were.

    Half-written ones go after an hour, those without a row after a day.
    """
    store = storage.current()
    removed = store.remove_remains(now - REMAINS_AFTER, prefix=prefix)
    for keys in _batches(store.list_older(now - ORPHANS_AFTER, prefix=prefix)):
        known = queries.list_known({storage.uid_in(key) for key in keys})
        orphans = [key for key in keys if storage.uid_in(key) not in known]
        store.delete(orphans)
        removed += len(orphans)
    logger.info("files swept", extra={"prefix": prefix, "removed": removed})
    return removed


def _batches(keys: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(keys, BATCH)):
        yield batch
