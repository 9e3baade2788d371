"""Noting that a request that was shown as alike is not the same wish."""

from app.audit import services as audit
from app.cases import queries
from app.cases.duplicates.models import NotTheSame, pair_of
from app.cases.models import Case
from app.core import clock
from app.core.actor import Actor, Role
from app.core.db import add_once
from app.core.errors import NotAllowed, NotFound

JUDGES = (Role.OFFICER, Role.HEAD)


def dismiss(reference: str, other: str, *, actor: Actor) -> Case:
    """Note that two requests are not the same wish, on both, and return the first.

    Done again it changes nothing. Raises NotFound for a request that the actor does not see.
    """
    if not actor.has_role(*JUDGES):
        raise NotAllowed()
    case, twin = queries.get_case(reference, actor), queries.get_case(other, actor)
    if case.id == twin.id:
        raise NotFound()
    older, newer = pair_of(case, twin)
    row = NotTheSame(older_id=older, newer_id=newer, found_by=actor.id, found_at=clock.now())
    if add_once(row):
        _record(case, twin, actor)
        _record(twin, case, actor)
    return case


def _record(case: Case, other: Case, actor: Actor) -> None:
    audit.record(
        "likeness_dismissed",
        actor=actor,
        object_kind="case",
        object_uid=case.uid,
        post_id=case.post_id,
        fields={"other": other.uid},
    )
