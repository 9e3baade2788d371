"""Cases as a list of the staff shows them: read in one statement, and no more of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, select

from app.accounts.models import Person
from app.accounts.queries import PersonRow
from app.cases import originals, pace
from app.cases.models import Case
from app.cases.rules import State
from app.cases.talk import thread
from app.cases.talk.rules import Side
from app.catalogue import queries as catalogue
from app.catalogue.definition.document import Definition
from app.catalogue.models import ServiceVersion
from app.core.crypto import DataKey, WrappedKey
from app.core.db import db


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A case in a list."""

    id: int
    reference: str
    post_id: int
    state: State
    variant: str
    assignee_id: int | None
    lease_until: datetime | None
    due_on: date | None
    done_on: date | None
    waiting_since: datetime | None
    submitted_at: datetime | None
    updated_at: datetime
    definition: Definition
    """As the citizen saw it."""
    person: PersonRow
    unread: int
    """How many messages of the citizen nobody has read."""
    originals: int
    """How many originals the post keeps for it."""

    def is_free(self, now: datetime) -> bool:
        """Return whether any officer may take it, whoever had it: looks.IS_FREE of a new case."""
        is_new = self.state in {State.SUBMITTED, State.IN_REVIEW}
        return is_new and not pace.is_held(self.assignee_id, self.lease_until, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page of a list begins: by what its first case stands in line."""

    id: int
    due_on: date | None
    submitted_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """Some cases of a list; the next page begins with the case `after`, and at the place `next`.

    The reference is for an address. Who reads page after page goes by the place: it stays where
    it is when the case goes elsewhere.
    """

    cases: Sequence[Listed]
    after: str | None
    next: Place | None


@lru_cache(maxsize=1)
def all_listed() -> Select[Any]:
    """Return the query for all cases with what a list shows of each (Any: many columns)."""
    return (
        select(
            *(getattr(Case, name).label(name) for name in _OF_CASE),
            Case.ended_at.label("ended_at"),
            ServiceVersion.id.label("version_id"),
            ServiceVersion.content_hash,
            Person.uid.label("person_uid"),
            Person.sealed_details,
            DataKey.uid.label("key_uid"),
            DataKey.wrapped,
            thread.count_unread(Side.STAFF).label("unread"),
            originals.count_kept().label("originals"),
        )
        .join(Case.pinned)
        .join(Case.person)
        .join(Person.data_key)
        .where(Case.closed_at.is_(None))
    )


_OF_CASE = (
    "id",
    "reference",
    "post_id",
    "state",
    "variant",
    "assignee_id",
    "lease_until",
    "due_on",
    "done_on",
    "waiting_since",
    "submitted_at",
    "updated_at",
)


def page_of(query: Select[Any], asked: dict[str, object], limit: int) -> QueuePage:
    """Return a page of a query that reads one case more than the page has."""
    # Past the session: it would keep a book of what are plain values here.
    rows = db.session.connection().execute(query, asked).all()
    definitions = catalogue.definitions_of({row.version_id: row.content_hash for row in rows})
    return QueuePage(
        cases=[_listed(row, definitions[row.version_id]) for row in rows[:limit]],
        after=rows[limit].reference if rows[limit:] else None,
        next=_place(rows[limit]) if rows[limit:] else None,
    )


def _place(row: Any) -> Place:
    # Any: a row of the query above.
    return Place(id=row.id, due_on=row.due_on, submitted_at=row.submitted_at, ended_at=row.ended_at)


def _listed(row: Any, definition: Definition) -> Listed:
    # Any: a row of the query above.
    key = WrappedKey(uid=row.key_uid, wrapped=row.wrapped)
    return Listed(
        # They stand first in the row.
        **dict(zip(_OF_CASE, row, strict=False)),
        definition=definition,
        person=PersonRow(uid=row.person_uid, sealed_details=row.sealed_details, data_key=key),
        unread=row.unread,
        originals=row.originals,
    )
