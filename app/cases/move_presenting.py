"""What a move to another version does, in the reader's words: carried, asked, gone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from app.cases import bills, contents, presenting, queries, rebasing
from app.cases.models import Case
from app.cases.presenting import Row
from app.cases.rebasing import LeftOver, Outline
from app.catalogue import queries as catalogue
from app.catalogue.answers import completeness, engine
from app.catalogue.bill_words import BillView
from app.catalogue.definition.conditions import Applicant
from app.catalogue.definition.elements import WITHOUT_ANSWER, Definition, Field, Paper
from app.web.templating import text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveView:
    """Questions as rows with the answers so far, papers as their titles."""

    carried: Sequence[Row]
    new: Sequence[Row]
    changed: Sequence[Row]
    gone: Sequence[Row]
    papers_carried: Sequence[Markup]
    papers_new: Sequence[Markup]
    papers_changed: Sequence[Markup]
    papers_gone: Sequence[Markup]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bills:
    """What a request costs as it stands and after the move, each with its lines."""

    before: BillView
    after: BillView


def bills_of(case: Case, outlined: Outline, variant: str) -> Bills | None:
    """Return both bills as the fee rules make them, None when the move changes nothing of them.

    `variant` is that which the request has after the move.
    """
    after = bills.explained_by(case, outlined.definition, outlined.plan.carried, variant)
    found = Bills(before=bills.explained(case), after=after)
    return None if _said(found.before) == _said(found.after) else found


def _said(bill: BillView) -> tuple[object, ...]:
    return bill.lines, bill.total, str(bill.rule)


def view(case: Case, outlined: Outline, applicant: Applicant) -> MoveView:
    """Return what a move means for this applicant and these answers."""
    old, new, plan = queries.definition(case), outlined.definition, outlined.plan
    relevant = completeness.relevant_answers(new, plan.carried, applicant)
    shown = [one for one in _questions(new) if engine.is_shown(one, relevant, applicant)]
    asked = completeness.papers_to_bring(new, plan.carried, applicant)
    brought = {item.key for item in case.items if contents.live_files(item)}
    again = [one for one in asked if one.key in plan.changed_papers and one.key in brought]
    return MoveView(
        carried=_rows(
            (one for one in shown if one.key not in plan.asked_again),
            plan.carried,
            only_answered=True,
        ),
        new=_rows((one for one in shown if one.key in plan.new_fields), {}),
        changed=_rows((one for one in shown if one.key in plan.changed_fields), plan.carried),
        gone=_rows(_questions(old), plan.gone, only_answered=True),
        papers_carried=_titles(one for one in asked if one.key in brought and one not in again),
        papers_new=_titles(one for one in asked if one.key in plan.new_papers),
        papers_changed=_titles(again),
        papers_gone=_titles(
            one for one in old.all_papers() if one.key in plan.gone_papers and one.key in brought
        ),
    )


def left_over_rows(case: Case) -> list[Row]:
    """Return the answers of a draft that had no place, as the version said that asked for them."""
    return [row for one in rebasing.left_over(case) for row in _left(case, one)]


def _left(case: Case, one: LeftOver) -> list[Row]:
    asked = catalogue.definition_of(catalogue.get_version(case.service, one.version))
    return _rows(_questions(asked), one.answers, only_answered=True)


def _questions(definition: Definition) -> list[Field]:
    return [one for one in definition.fields() if one.kind not in WITHOUT_ANSWER]


def _rows(
    asked: Iterable[Field], answers: Mapping[str, object], *, only_answered: bool = False
) -> list[Row]:
    return [
        Row(
            key=one.key,
            label=text_of(one.label),
            value=presenting.value_of(one, answers.get(one.key)),
        )
        for one in asked
        if one.key in answers or not only_answered
    ]


def _titles(papers: Iterable[Paper]) -> list[Markup]:
    return [text_of(paper.title) for paper in papers]
