"""Every version of a paper or a page of answers that was sent, the one that counts first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from app.cases import masking
from app.cases.contents import live_files
from app.cases.models import Case, CaseAnswers, CaseFile, CaseItem
from app.cases.rules import ItemKind
from app.catalogue.answers.wording import shown_answers
from app.catalogue.definition.elements import Page
from app.core.errors import NotFound
from app.desk import wording
from app.documents.models import Document, DocumentState


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """A file that was brought for a paper: its name, what the checks say, its pages as images."""

    name: str
    scan: str
    images: Sequence[tuple[str, str]]
    """Address and name of each page; none while it may not be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What was sent once for an item."""

    sent_at: datetime
    replaced_at: datetime | None
    """When another took its place, None for the one that counts."""
    files: Sequence[FileView] = ()
    answers: Sequence[tuple[str, Markup]] = ()
    """Questions with what was answered."""


def count_earlier(item: CaseItem) -> int:
    """Return how many versions there were before the one that counts."""
    if item.kind is ItemKind.ANSWERS:
        return max(len(item.answers) - 1, 0)
    return len({file.replaced_at for file in item.files if file.replaced_at is not None})


def of_paper(case: Case, item: CaseItem) -> list[Version]:
    """Return the versions of a paper: files that were replaced together are one."""
    gone: dict[datetime, list[CaseFile]] = {}
    for file in item.files:
        if file.replaced_at is not None:
            gone.setdefault(file.replaced_at, []).append(file)
    earlier = [gone[at] for at in sorted(gone, reverse=True)]
    return [_of_files(case, some) for some in (live_files(item), *earlier) if some]


def _of_files(case: Case, files: Sequence[CaseFile]) -> Version:
    return Version(
        sent_at=min(file.created_at for file in files),
        replaced_at=files[0].replaced_at,
        files=[_file(case, file.document) for file in files],
    )


def _file(case: Case, document: Document) -> FileView:
    is_shown = document.state is DocumentState.CLEAN
    pages = range(1, document.pages + 1 if is_shown else 1)
    return FileView(
        name=document.name or "",
        scan="" if is_shown else wording.scan(document),
        images=[
            (_url(case, document, n), _("%(paper)s, page %(page)s", paper=document.name, page=n))
            for n in pages
        ],
    )


def _url(case: Case, document: Document, number: int) -> str:
    return url_for("desk_versions.image", reference=case.reference, uid=document.uid, number=number)


def of_answers(case: Case, item: CaseItem, page: Page | None) -> list[Version]:
    """Return the versions of a page of answers; identity numbers stay covered."""
    rows = list(reversed(item.answers))
    ends: list[datetime | None] = [None, *(row.saved_at for row in rows)]
    return [
        Version(sent_at=row.saved_at, replaced_at=end, answers=_said(case, page, row))
        for row, end in zip(rows, ends, strict=False)
    ]


def _said(case: Case, page: Page | None, row: CaseAnswers) -> Sequence[tuple[str, Markup]]:
    if page is None:
        return ()
    shown = shown_answers(page, masking.masked_in(case, page, row.values or {}))
    return [(one.label, one.text) for one in shown]


def find_document(case: Case, uid: str) -> Document:
    """Return a file of any version that may be shown; NotFound for everything else."""
    for item in case.items:
        for file in item.files:
            if file.document.uid == uid and file.document.state is DocumentState.CLEAN:
                return file.document
    raise NotFound()
