"""Cases that were ticked to leave in a file: a bulk run that the maker of the file carries out."""

from collections.abc import Collection, Sequence

from sqlalchemy import select, update

from app.cases import access, bulk, listing
from app.cases.bulk_models import BulkAction, BulkItem, BulkRun, Outcome
from app.cases.listing import Listed
from app.cases.models import Case
from app.core import clock
from app.core.actor import Actor
from app.core.db import db
from app.core.errors import NotFound


def begin(references: Collection[str], *, actor: Actor) -> BulkRun:
    """Write which of the cases that the actor may see are to leave; Invalid when there is none."""
    return bulk.write(BulkAction.EXPORT, references, {}, actor=actor)


def get_own(uid: str, actor: Actor) -> BulkRun:
    """Return a selection of this very actor; raise NotFound for anything else."""
    run = bulk.get_run(uid, actor)
    if run.staff_id != actor.id or run.action is not BulkAction.EXPORT:
        raise NotFound()
    return run


def list_cases(run: BulkRun) -> Sequence[int]:
    """Return the keys of the cases of a selection, what is due first in front."""
    of_run = select(BulkItem.case_id).where(BulkItem.run_id == run.id)
    return db.session.scalars(of_run.order_by(BulkItem.id)).all()


def listed(case_ids: Sequence[int], actor: Actor) -> list[Listed]:
    """Return those of some cases that the actor may see by now, in their order."""
    query = listing.all_listed().where(Case.id.in_(case_ids), access.is_visible(actor))
    found = {case.id: case for case in listing.page_of(query, {}, len(case_ids)).cases}
    return [found[case_id] for case_id in case_ids if case_id in found]


def note(run_id: int, case_ids: Sequence[int], written: Collection[int]) -> None:
    """Write what became of some cases of a selection: written, or not the actor's to see."""
    for outcome, which in (
        (Outcome.DONE, [one for one in case_ids if one in written]),
        (Outcome.NOT_ALLOWED, [one for one in case_ids if one not in written]),
    ):
        of_these = BulkItem.run_id == run_id, BulkItem.case_id.in_(which)
        db.session.execute(update(BulkItem).where(*of_these).values(outcome=outcome))


def end(run_id: int) -> None:
    """Note that all of a selection was written; once."""
    is_open = BulkRun.id == run_id, BulkRun.ended_at.is_(None)
    db.session.execute(update(BulkRun).where(*is_open).values(ended_at=clock.now()))
