"""What a case becomes on another version of its service: outlined first, then written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import delete

from app.cases import changing, queries, reasons
from app.cases.contents import live_files
from app.cases.models import Case, CaseAnswers, CaseItem, CaseStep
from app.cases.rules import ItemKind, ItemState, State, StepKind, StepState
from app.catalogue import carrying
from app.catalogue import queries as catalogue
from app.catalogue.answers import completeness, engine
from app.catalogue.carrying import Plan
from app.catalogue.definition.conditions import Applicant
from app.catalogue.definition.elements import WITHOUT_ANSWER, Definition, Field, Page, Paper
from app.catalogue.models import ServiceVersion
from app.core import clock
from app.core.actor import Actor
from app.core.db import db
from app.documents.models import Document

Keys = tuple[ItemKind, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What moving a case does: to its answers, and to each of its items."""

    target: ServiceVersion
    definition: Definition
    plan: Plan
    items: Mapping[Keys, ItemState]
    """Every item of the newer version, in its order, as it will stand."""
    asked: frozenset[Keys]
    """The items that the citizen has to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOver:
    """Answers that had no place, with the number of the version that asked for them."""

    version: int
    answers: Mapping[str, object]


def outline(case: Case, target: ServiceVersion, applicant: Applicant) -> Outline:
    """Return what moving a case to a version would do; nothing is changed."""
    old, new = queries.definition(case), catalogue.definition_of(target)
    plan = carrying.plan(old, new, queries.answers(case))
    there = {(item.kind, item.key): item for item in case.items}
    states = _states_of_draft if case.state is State.DRAFT else _states_of_sent
    items = dict(states(there, new, plan, applicant))
    asked = {at for at, state in items.items() if state in {ItemState.MISSING, ItemState.REJECTED}}
    fresh = {
        at
        for at in asked
        if at not in there or there[at].state not in {ItemState.MISSING, ItemState.REJECTED}
    }
    return Outline(target=target, definition=new, plan=plan, items=items, asked=frozenset(fresh))


_There = Mapping[Keys, CaseItem]
_States = Iterator[tuple[Keys, ItemState]]


def _states_of_draft(there: _There, new: Definition, plan: Plan, applicant: Applicant) -> _States:
    """Yield the items of a draft: a page with a question that is new or changed is open again."""
    for page in new.pages:
        item = there.get((ItemKind.ANSWERS, page.key))
        is_open = item is None or _is_asked_again(page, plan)
        state = ItemState.MISSING if is_open or item is None else item.state
        yield (ItemKind.ANSWERS, page.key), state
    for paper in new.all_papers():
        found = there.get((ItemKind.PAPER, paper.key))
        has_files = found is not None and bool(live_files(found))
        yield (
            (ItemKind.PAPER, paper.key),
            ItemState.RECEIVED if has_files else ItemState.MISSING,
        )


def _states_of_sent(there: _There, new: Definition, plan: Plan, applicant: Applicant) -> _States:
    """Yield the items of a case that was sent: asked for is only what is new or changed."""
    relevant = completeness.relevant_answers(new, plan.carried, applicant)
    for page in new.pages:
        at = (ItemKind.ANSWERS, page.key)
        yield at, _state_of_page(there.get(at), page, plan, relevant, applicant)
    asked = {paper.key for paper in completeness.papers_to_bring(new, plan.carried, applicant)}
    for paper in new.all_papers():
        at = (ItemKind.PAPER, paper.key)
        if paper.key in asked:
            is_changed = paper.key in plan.changed_papers
            yield at, _state_of_paper(there.get(at), paper, is_changed=is_changed)
        else:
            yield at, ItemState.WAIVED


def _state_of_page(
    item: CaseItem | None,
    page: Page,
    plan: Plan,
    relevant: Mapping[str, object],
    applicant: Applicant,
) -> ItemState:
    shown = [one for one in _answered(page) if engine.is_shown(one, relevant, applicant)]
    if not completeness.is_page_shown(page, relevant, applicant):
        return ItemState.WAIVED
    if any(one.key in plan.asked_again for one in shown):
        return ItemState.REJECTED
    if item is None:
        return ItemState.RECEIVED
    was_hidden = item.state is ItemState.WAIVED and item.decided_by is None
    return ItemState.REJECTED if was_hidden and shown else item.state


def _state_of_paper(item: CaseItem | None, paper: Paper, *, is_changed: bool) -> ItemState:
    if item is not None and item.state is ItemState.WAIVED and item.decided_by and not is_changed:
        return ItemState.WAIVED
    if item is None or not live_files(item):
        return ItemState.REJECTED if paper.required else ItemState.WAIVED
    if is_changed:
        return ItemState.REJECTED
    return ItemState.RECEIVED if item.state is ItemState.WAIVED else item.state


def _is_asked_again(page: Page, plan: Plan) -> bool:
    return any(one.key in plan.asked_again for one in _answered(page))


def _answered(page: Page) -> list[Field]:
    return [one for one in page.fields if one.kind not in WITHOUT_ANSWER]


# Writing.


def rebase_draft(case: Case, outlined: Outline, *, variant: str) -> Case:
    """Move a locked draft; what has no place is kept beside it, files included."""
    _leave_over(case, case.pinned.number, outlined.plan.gone)
    wanted = _write_items(case, outlined)
    _drop_items(case, keep=set(outlined.items))
    for page, values in _values(outlined):
        _put(wanted[ItemKind.ANSWERS, page], values)
    case.variant = variant
    return _pin(case, outlined, from_position=0)


def rebase_sent(case: Case, outlined: Outline, *, actor: Actor) -> Case:
    """Move a locked case that was sent: every revision of an answer and every file is kept."""
    wanted = _write_items(case, outlined)
    for at in outlined.asked:
        item = wanted[at]
        item.reason_code, item.note = reasons.SERVICE_CHANGED, None
        item.decided_by, item.decided_at = actor.id, clock.now()
    values = dict(_values(outlined))
    for item in case.items:
        if (item.kind, item.key) not in outlined.items:
            item.state = ItemState.WAIVED
        if item.kind is ItemKind.ANSWERS:
            _add_revision(item, values.pop(item.key, {}))
    for page, carried in values.items():
        _add_revision(wanted[ItemKind.ANSWERS, page], carried)
    return _pin(case, outlined, from_position=_current(case) + 1)


def keep_late(
    case: Case, page_key: str, values: Mapping[str, object], judged_by: ServiceVersion
) -> Case:
    """Keep what was typed into a page of the version that a draft has left meanwhile.

    The page counts as answered if it still asks nothing else, as it would have on the move.
    """
    definition = queries.definition(case)
    plan = carrying.plan(catalogue.definition_of(judged_by), definition, values)
    _leave_over(case, judged_by.number, plan.gone)
    for page, carried in plan.pages.items():
        item = queries.find_item(case, ItemKind.ANSWERS, page)
        saved = queries.answers_of_page(case, page)
        _put(item, {**(saved.values or {} if saved else {}), **carried})
    for asked in definition.pages:
        if asked.key == page_key and not _is_asked_again(asked, plan):
            item = queries.find_item(case, ItemKind.ANSWERS, page_key)
            item.state = ItemState.RECEIVED
    return case


def is_kept_to(case: Case, path: tuple[StepKind, ...]) -> bool:
    """Return whether a path is the same up to the step at which a case stands."""
    until = _current(case) + 1
    steps = sorted(case.steps, key=lambda step: step.position)
    return tuple(step.kind for step in steps[:until]) == path[:until]


def left_over(case: Case) -> list[LeftOver]:
    """Return the answers of a draft that had no place when it moved, the first move first."""
    return [
        LeftOver(version=one["version"], answers=one["answers"]) for one in case.left_over or []
    ]


def forget_left_over(case: Case) -> Case:
    """Delete what had no place, files included: what the post does not ask for, it does not get."""
    case.left_over = None
    known = {paper.key for paper in queries.definition(case).all_papers()}
    gone = [one for one in case.items if one.kind is ItemKind.PAPER and one.key not in known]
    if not gone:
        return case
    documents = [file.document_id for item in gone for file in item.files]
    _delete_items(gone)
    if documents:
        db.session.execute(delete(Document).where(Document.id.in_(documents)))
    return changing.lock(case.id)


def papers_left_over(case: Case) -> list[CaseItem]:
    """Return the papers with files that the version of a draft does not ask for any more."""
    known = {paper.key for paper in queries.definition(case).all_papers()}
    return [
        one
        for one in case.items
        if one.kind is ItemKind.PAPER and one.key not in known and live_files(one)
    ]


def _leave_over(case: Case, version: int, gone: Mapping[str, object]) -> None:
    if gone:
        kept = case.left_over or []
        case.left_over = [*kept, {"version": version, "answers": dict(gone)}]


def _write_items(case: Case, outlined: Outline) -> dict[Keys, CaseItem]:
    """Bring the items that the newer version knows into its order and state; return them."""
    there = {(item.kind, item.key): item for item in case.items}
    wanted: dict[Keys, CaseItem] = {}
    for position, (at, state) in enumerate(outlined.items.items()):
        item = there.get(at)
        if item is None:
            kind, key = at
            item = CaseItem(case_id=case.id, case=case, kind=kind, key=key, answers=[])
            db.session.add(item)
        item.position, item.state = position, state
        wanted[at] = item
    for position, item in enumerate(case.items):
        if (item.kind, item.key) not in wanted:
            item.position = len(wanted) + position
    db.session.flush()
    return wanted


def _drop_items(case: Case, *, keep: set[Keys]) -> None:
    """Take away what a draft is not asked any more; a paper with files stays, out of sight."""
    gone = [item for item in case.items if (item.kind, item.key) not in keep]
    for item in gone:
        item.state = ItemState.WAIVED
    _delete_items([item for item in gone if not live_files(item)])


def _delete_items(gone: list[CaseItem]) -> None:
    db.session.flush()
    db.session.execute(delete(CaseItem).where(CaseItem.id.in_([item.id for item in gone])))


def _values(outlined: Outline) -> Iterator[tuple[str, Mapping[str, object]]]:
    for page in outlined.definition.pages:
        yield page.key, outlined.plan.pages.get(page.key, {})


def _put(item: CaseItem, values: Mapping[str, object]) -> None:
    """Write the answers of a page of a draft."""
    newest = queries.newest_answers(item)
    if newest is None:
        if not values:
            return
        newest = CaseAnswers(item=item, revision=1)
        db.session.add(newest)
    elif newest.values == dict(values):
        return
    newest.values = dict(values)
    newest.saved_at = clock.now()


def _add_revision(item: CaseItem, values: Mapping[str, object]) -> None:
    """Write answers beside those that were sent, unless they are the same."""
    newest = queries.newest_answers(item)
    if (newest.values if newest else {}) == dict(values):
        return
    row = CaseAnswers(item=item, revision=newest.revision + 1 if newest else 1)
    db.session.add(row)
    row.values = dict(values)
    row.saved_at = clock.now()


def _pin(case: Case, outlined: Outline, *, from_position: int) -> Case:
    """Write the version and what is left of its path from a place on."""
    kept = sorted(case.steps, key=lambda step: step.position)[:from_position]
    ids = [step.id for step in kept]
    db.session.execute(delete(CaseStep).where(CaseStep.case_id == case.id, CaseStep.id.not_in(ids)))
    after = kept[-1].position + 1 if kept else 0
    for n, step in enumerate(outlined.definition.path[from_position:]):
        db.session.add(
            CaseStep(case_id=case.id, position=after + n, kind=step.kind, state=StepState.WAITING)
        )
    case.pinned = outlined.target
    db.session.flush()
    return changing.lock(case.id)


def _current(case: Case) -> int:
    """Return the place of the step at which a case stands, counted from 0."""
    states = [step.state for step in sorted(case.steps, key=lambda step: step.position)]
    return states.index(StepState.CURRENT)
