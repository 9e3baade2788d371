"""What a request asks of its applicant, what of it is there, and what it lacks."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from app.cases import queries, rules
from app.cases.applicants import of
from app.cases.models import Case, CaseFile, CaseItem
from app.cases.rules import ItemKind, ItemState
from app.catalogue.answers import completeness
from app.catalogue.definition.elements import Exclusion, Page, Paper
from app.core.errors import Invalid
from app.documents.models import DocumentState


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """What a case still lacks before it can be sent."""

    pages: tuple[str, ...]
    """Keys of pages with a required answer missing."""
    papers: tuple[str, ...]
    """Keys of papers that have to be attached."""

    def __bool__(self) -> bool:
        """Return whether anything is missing."""
        return bool(self.pages or self.papers)


def is_mended(case: Case) -> bool:
    """Return whether a correction can be sent: nothing stands rejected, every file can be used."""
    replaced = [
        item
        for item in case.items
        if item.kind is ItemKind.PAPER and item.state is ItemState.REPLACED
    ]
    return rules.is_mended(item.state for item in case.items) and all(map(_is_usable, replaced))


def gaps(case: Case) -> Gaps:
    """Return what a draft still lacks, for this applicant and these answers."""
    definition, answers, applicant = queries.definition(case), queries.answers(case), of(case)
    missing = completeness.unanswered(definition, answers, applicant)
    unsaved = [page.key for page in shown_pages(case) if not _has_answers(case, page.key)]
    needed = [
        paper.key
        for paper in completeness.papers_to_bring(definition, answers, applicant)
        if paper.required and not _has_paper(case, paper.key)
    ]
    lacking = {one.page for one in missing} | set(unsaved)
    return Gaps(
        pages=tuple(page.key for page in definition.pages if page.key in lacking),
        papers=tuple(needed),
    )


def exclusion_of(case: Case) -> Exclusion | None:
    """Return why this applicant cannot be served here, by the answers so far, or None."""
    return completeness.exclusion(queries.definition(case), queries.answers(case), of(case))


def shown_pages(case: Case) -> list[Page]:
    """Return the pages that ask this applicant anything, given the answers so far."""
    definition, applicant = queries.definition(case), of(case)
    relevant = completeness.relevant_answers(definition, queries.answers(case), applicant)
    return [
        page for page in definition.pages if completeness.is_page_shown(page, relevant, applicant)
    ]


def asked_papers(case: Case) -> tuple[Paper, ...]:
    """Return the papers that this applicant is asked for, optional ones included."""
    return completeness.papers_to_bring(queries.definition(case), queries.answers(case), of(case))


def live_files(item: CaseItem) -> list[CaseFile]:
    """Return the files of a paper that count, without those that were replaced."""
    return [file for file in item.files if file.replaced_at is None]


def is_being_scanned(item: CaseItem) -> bool:
    """Return whether a file of a paper that nobody judged is looked at, and shown to nobody."""
    if item.state not in {ItemState.RECEIVED, ItemState.REPLACED}:
        return False
    return any(file.document.state is DocumentState.QUARANTINED for file in live_files(item))


def is_clean(item: CaseItem) -> bool:
    """Return whether a paper has files and the checks found each of them clean."""
    files = live_files(item)
    return bool(files) and all(file.document.state is DocumentState.CLEAN for file in files)


def unclean(case: Case) -> list[CaseItem]:
    """Return the papers that count for a decision and hold a file that was not found clean.

    None of those that are asked for again or not needed: nobody relies on them.
    """
    left_out = {ItemState.REJECTED, ItemState.WAIVED}
    return [
        item
        for item in case.items
        if item.state not in left_out and live_files(item) and not is_clean(item)
    ]


def check_clean(case: Case) -> None:
    """Refuse to decide on a case while a file that counts was not found clean (reliability S29)."""
    if unclean(case):
        raise Invalid(
            _l(
                "Not every file was found free of viruses, so nothing can be decided yet. The page "
                "says which, and why."
            )
        )


def _has_answers(case: Case, page_key: str) -> bool:
    item = queries.find_item(case, ItemKind.ANSWERS, page_key)
    return item.state is not ItemState.MISSING


def _has_paper(case: Case, paper_key: str) -> bool:
    return _is_usable(queries.find_item(case, ItemKind.PAPER, paper_key))


def _is_usable(item: CaseItem) -> bool:
    """Return whether a paper has a file that the checks have not refused."""
    return any(file.document.state is not DocumentState.REFUSED for file in live_files(item))
