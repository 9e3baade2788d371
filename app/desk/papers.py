"""The papers of a case as page images, one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from app.cases.contents import live_files
from app.cases.models import Case, CaseItem
from app.cases.rules import ItemKind
from app.catalogue.definition.elements import Definition
from app.core import i18n
from app.core.errors import NotFound
from app.desk import wording
from app.documents.models import Document, DocumentState


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumb:
    """A paper that can be shown, with shape and word of its state."""

    uid: str
    href: str
    text: str
    kind: str
    word: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """One page of a paper, and the way to the others; no address while nothing can be shown."""

    uid: str
    title: str
    src: str
    alt: str
    page: int
    pages: int
    previous: str
    next: str
    scan: str
    thumbs: Sequence[Thumb]


def view(case: Case, definition: Definition, *, chosen: str, page: int) -> Viewer | None:
    """Return the chosen paper, else the first that is there; None without any paper."""
    items = papers_of(case)
    if not items:
        return None
    item = next((one for one in items if one.uid == chosen), items[0])
    pages = clean_pages(item)
    number = min(max(page, 1), max(len(pages), 1))
    title = title_of(definition, item)
    return Viewer(
        uid=item.uid,
        title=title,
        src=_image_url(case, item, number) if pages else "",
        alt=_("%(paper)s, page %(page)s", paper=title, page=number),
        page=number,
        pages=len(pages),
        previous=url(case, item, number - 1) if number > 1 else "",
        next=url(case, item, number + 1) if number < len(pages) else "",
        scan=_scan(item),
        thumbs=[_thumb(case, definition, one, item) for one in items],
    )


def papers_of(case: Case) -> list[CaseItem]:
    """Return the papers that have a file, in the order of the service."""
    return [one for one in case.items if one.kind is ItemKind.PAPER and live_files(one)]


def clean_pages(item: CaseItem) -> list[tuple[Document, int]]:
    """Return every page that may be shown, as a document and a number counted from 1."""
    clean = [
        file.document for file in live_files(item) if file.document.state is DocumentState.CLEAN
    ]
    return [(one, number) for one in clean for number in range(1, one.pages + 1)]


def find_page(case: Case, item_uid: str, number: int) -> tuple[Document, int]:
    """Return the page behind an address; NotFound for anything that may not be shown."""
    item = next((one for one in papers_of(case) if one.uid == item_uid), None)
    pages = clean_pages(item) if item else []
    if not 1 <= number <= len(pages):
        raise NotFound()
    return pages[number - 1]


def title_of(definition: Definition, item: CaseItem) -> str:
    """Return the title of a paper or page in the reader's language."""
    things = definition.all_papers() if item.kind is ItemKind.PAPER else definition.pages
    return next((i18n.text_in(one.title) for one in things if one.key == item.key), item.key)


def url(case: Case, item: CaseItem, page: int = 1) -> str:
    """Return the address of the case page with a paper beside the answers."""
    return url_for(
        "desk_case.show", reference=case.reference, paper=item.uid, page=page, _anchor="papers"
    )


def _image_url(case: Case, item: CaseItem, number: int) -> str:
    return url_for("desk_papers.image", reference=case.reference, item=item.uid, number=number)


def _thumb(case: Case, definition: Definition, item: CaseItem, current: CaseItem) -> Thumb:
    kind, word = wording.item(item)
    return Thumb(
        uid=item.uid,
        href=url(case, item),
        text=title_of(definition, item),
        kind="stopped" if is_unreadable(item) else kind,
        word=word,
        is_current=item is current,
    )


def is_unreadable(item: CaseItem) -> bool:
    """Return whether a file of this paper was refused by the checks."""
    return any(file.document.state is DocumentState.REFUSED for file in live_files(item))


def _scan(item: CaseItem) -> str:
    """Return what is known of the file of a paper that needs looking after most."""
    return wording.scan(max((file.document for file in live_files(item)), key=_weight))


def _weight(document: Document) -> int:
    worst = (DocumentState.CLEAN, DocumentState.QUARANTINED, DocumentState.REFUSED)
    return worst.index(document.state) * 2 + (document.damaged_at is not None)
