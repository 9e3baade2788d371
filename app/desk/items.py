"""What an officer judges one by one: each page of answers and each paper."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.cases import contents, filing, masking, pace, reasons, rules
from app.cases import queries as cases
from app.cases.models import Case, CaseItem
from app.cases.rules import ItemKind, ItemState
from app.catalogue.answers import completeness
from app.catalogue.answers.wording import ShownAnswer, shown_answers
from app.catalogue.definition.elements import Definition, Page, Paper
from app.core import i18n
from app.desk import papers, versions, wording

Typed = Mapping[str, str]
JUDGED = frozenset({ItemState.ACCEPTED, ItemState.REJECTED, ItemState.WAIVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One thing to judge, with what stands or what a refused form held."""

    uid: str
    title: str
    state: tuple[str, str]
    value: str
    check: str
    href: str
    current: bool
    answers: Sequence[ShownAnswer]
    reasons: Sequence[tuple[str, str]]
    is_paper: bool
    verdict: str
    reason: str
    reason_text: str
    note: str
    is_judged: bool
    judged_by: str
    """Who gave the verdict that stands, empty for the reader themselves."""
    choices: Sequence[str]
    """The verdicts that may be given."""
    versions: str
    """Where every version of it is shown, empty while there is one."""
    earlier: int
    """How many versions there were before the one that counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the items of a case are read from."""

    case: Case
    definition: Definition
    today: date
    officers: Mapping[int, str]
    """The names of others than the reader who judged an item."""
    shown: str
    """The uid of the paper that is shown beside the answers."""
    is_revealed: bool
    typed: Typed


def views(sheet: Sheet) -> list[ItemView]:
    """Return the items of a case: pages of answers first, then papers, as the service has them."""
    applicant = filing.of(sheet.case)
    relevant = completeness.relevant_answers(sheet.definition, cases.answers(sheet.case), applicant)
    asked = {paper.key for paper in contents.asked_papers(sheet.case)}
    return [_view(sheet, item, relevant) for item in sheet.case.items if _concerns(item, asked)]


def _concerns(item: CaseItem, asked: AbstractSet[str]) -> bool:
    """Return whether an item is of this case: what nobody was asked for is left out."""
    if item.state is not ItemState.WAIVED or item.decided_by is not None:
        return True
    return item.kind is ItemKind.PAPER and item.key in asked


def _view(sheet: Sheet, item: CaseItem, relevant: Mapping[str, Any]) -> ItemView:
    typed, uid = sheet.typed, item.uid
    stands = item.state.value if item.state in JUDGED else ""
    is_paper, earlier = item.kind is ItemKind.PAPER, versions.count_earlier(item)
    return ItemView(
        uid=uid,
        title=papers.title_of(sheet.definition, item),
        state=wording.item(item),
        value=_files(item) if is_paper else "",
        check=_check(sheet, item) if is_paper else "",
        href=papers.url(sheet.case, item) if is_paper and contents.live_files(item) else "",
        current=uid == sheet.shown,
        answers=[] if is_paper else _answers(sheet, item, relevant),
        is_paper=is_paper,
        reasons=_reasons(sheet.definition, item),
        verdict=typed.get(f"verdict-{uid}", stands),
        reason=typed.get(f"reason-{uid}", item.reason_code or ""),
        reason_text=_reason_text(sheet.definition, item),
        note=typed.get(f"note-{uid}", item.note or ""),
        is_judged=item.state in JUDGED,
        judged_by=sheet.officers.get(item.decided_by or 0, ""),
        choices=rules.verdicts(item.kind, has_clean_file=contents.is_clean(item)),
        versions=_versions(sheet.case, item) if earlier else "",
        earlier=earlier,
    )


def _versions(case: Case, item: CaseItem) -> str:
    return url_for("desk_versions.show", reference=case.reference, uid=item.uid)


def _answers(sheet: Sheet, item: CaseItem, relevant: Mapping[str, Any]) -> list[ShownAnswer]:
    page = page_of(sheet.definition, item.key)
    if page is None:
        return []
    if sheet.is_revealed:
        return shown_answers(page, relevant)
    return shown_answers(page, masking.masked_in(sheet.case, page, relevant))


def _files(item: CaseItem) -> str:
    files = contents.live_files(item)
    if not files:
        return wording.item(item)[1]
    if papers.is_unreadable(item):
        return _("The file cannot be shown")
    pages = sum(file.document.pages for file in files)
    if not pages:
        return _("Being checked")
    return ngettext("%(num)d page", "%(num)d pages", pages)


def _check(sheet: Sheet, item: CaseItem) -> str:
    """Return what the dates of a paper say, the oldest file first."""
    days = sorted(file.issued_on for file in contents.live_files(item) if file.issued_on)
    paper = _paper(sheet.definition, item.key)
    if not days or paper is None:
        return ""
    if pace.is_fresh(days[0], sheet.today, paper.freshness_days):
        return _("Issued on %(day)s", day=i18n.short_day(days[0]))
    return _("Issued on %(day)s: too old by now", day=i18n.short_day(days[0]))


def _reasons(definition: Definition, item: CaseItem) -> list[tuple[str, str]]:
    paper = _paper(definition, item.key) if item.kind is ItemKind.PAPER else None
    return [(one.code, i18n.text_in(one.text)) for one in paper.reasons] if paper else []


def _reason_text(definition: Definition, item: CaseItem) -> str:
    own = dict(_reasons(definition, item)).get(item.reason_code or "", "")
    return own or reasons.built_in_text(item.reason_code)


def _paper(definition: Definition, key: str) -> Paper | None:
    return next((one for one in definition.all_papers() if one.key == key), None)


def page_of(definition: Definition, key: str) -> Page | None:
    """Return a page of the form by its key, None for one that there is no more."""
    return next((one for one in definition.pages if one.key == key), None)
