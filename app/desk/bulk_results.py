"""What is done to many requests, and what became of each, as its officer reads it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import func, select

from app.cases import bulk
from app.cases.bulk_models import BulkAction, BulkRun, Outcome
from app.cases.family.services import name_of
from app.cases.models import Case, CaseItem
from app.cases.rules import ItemKind
from app.catalogue import queries as catalogue
from app.catalogue.models import ServiceVersion
from app.core import i18n
from app.core.db import db
from app.desk import queries, wording

# Any: lazy strings of Flask-Babel have no public type.
OUTCOMES: Mapping[Outcome | None, tuple[str, Any]] = {
    Outcome.FAILED: ("stopped", _l("Not done: the program failed. Open the request by itself.")),
    Outcome.HELD: ("stopped", _l("Not done: another officer has it in hand")),
    Outcome.NOT_NOW: ("stopped", _l("Not done: its state does not allow it")),
    Outcome.NOT_ALLOWED: ("stopped", _l("Not done: your rights do not allow it")),
    Outcome.UNFIT: ("stopped", _l("Not done: this request has no such paper")),
    Outcome.REFUSED: ("stopped", _l("Not done: what was entered does not fit it")),
    None: ("waits", _l("Waits")),
    Outcome.DONE: ("done", _l("Done")),
}
"""In the order in which they are listed: first what somebody has to look at."""
_PLACES = {outcome: place for place, outcome in enumerate(OUTCOMES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One request of a run: whose it is, how it stands now, what became of it."""

    reference: str
    name: str
    state: tuple[str, str]
    result: tuple[str, Any]


def rows_of(run: BulkRun) -> list[Row]:
    """Return the requests of a run, those with the same result together."""
    results = sorted(bulk.list_results(run), key=lambda one: _PLACES[one[1]])
    return [_row(case, outcome) for case, outcome in results]


def _row(case: Case, outcome: Outcome | None) -> Row:
    return Row(
        reference=case.reference,
        name=name_of(case),
        state=wording.state(case),
        result=OUTCOMES[outcome],
    )


def facts_of(run: BulkRun, references: Collection[str]) -> list[tuple[Any, str]]:
    """Return what was wanted, in words: to whom, or which paper for which reason until when."""
    wanted: dict[str, Any] = run.arguments
    if run.action is BulkAction.ASSIGN:
        key = int(wanted["staff"])
        return [(_("Officer"), queries.names_of_staff([key]).get(key, ""))]
    if run.action is not BulkAction.ASK:
        return []
    asked = papers_of(references, run.post_id).get(f"{wanted['paper']}/{wanted['reason']}", "")
    until = i18n.day(date.fromisoformat(str(wanted["until_on"])))
    return [
        (_("Paper and reason, as the citizen reads it"), asked),
        (_("The citizen has time until"), until),
    ]


def papers_of(references: Collection[str], post_id: int | None) -> dict[str, str]:
    """Return the papers of requests with the reasons for which each is asked again."""
    chosen = select(Case.version_id).where(Case.reference.in_(references), Case.post_id == post_id)
    found: dict[str, str] = {}
    for version in db.session.scalars(select(ServiceVersion).where(ServiceVersion.id.in_(chosen))):
        for paper in catalogue.definition_of(version).all_papers():
            for reason in paper.reasons:
                texts = {"paper": i18n.text_in(paper.title), "reason": i18n.text_in(reason.text)}
                found[f"{paper.key}/{reason.code}"] = _("%(paper)s: %(reason)s", **texts)
    return found


def offered_papers(references: Sequence[str], post_id: int | None) -> list[tuple[str, str]]:
    """Return the papers with their reasons to choose from, and how many requests have each."""
    counts = _count_papers(references, post_id)
    return [
        (key, _counted(text, counts.get(key.partition("/")[0], 0)))
        for key, text in papers_of(references, post_id).items()
    ]


def _counted(text: str, number: int) -> str:
    return ngettext(
        "%(text)s (%(num)d request has it)",
        "%(text)s (%(num)d requests have it)",
        number,
        text=text,
    )


def _count_papers(references: Sequence[str], post_id: int | None) -> Mapping[str, int]:
    rows = db.session.execute(
        select(CaseItem.key, func.count())
        .join(Case, Case.id == CaseItem.case_id)
        .where(Case.reference.in_(references), Case.post_id == post_id)
        .where(CaseItem.kind == ItemKind.PAPER)
        .group_by(CaseItem.key)
    )
    return {key: number for key, number in rows}
