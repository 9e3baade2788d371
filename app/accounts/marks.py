"""Keyed hashes of what tells persons apart, by kind: likeness is found without a plain copy."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import delete, insert, select

from app.accounts import rules
from app.accounts.models import Person, PersonMark
from app.accounts.rules import Details, MarkKind
from app.core.crypto import DataKey, keyed_hash
from app.core.db import db

BATCH = 500
MOST_LIKE = 200
"""As many persons as are looked at more closely; more alike than that says nothing."""


SEEKING = frozenset(
    {
        MarkKind.NATIONAL,
        MarkKind.PASSPORT,
        MarkKind.NAME_AR,
        MarkKind.NAME_LATIN,
        MarkKind.NAME_RU,
        MarkKind.BIRTH,
    }
)
"""Marks by which others are looked for; mothers and years are shared by too many."""

Marks = Mapping[MarkKind, str]
"""Kind to keyed hash."""


def write(person: Person, details: Details) -> None:
    """Mark a person by these details and no others."""
    db.session.execute(delete(PersonMark).where(PersonMark.person_id == person.id))
    rows = [
        {"kind": kind.value, "mark": _hash(kind, word), "person_id": person.id}
        for kind, word in rules.words_of_marks(details).items()
    ]
    if rows:
        db.session.execute(insert(PersonMark), rows)


def _hash(kind: MarkKind, word: str) -> str:
    return keyed_hash(f"person_mark:{kind.value}", word)


def of_person(person_id: int) -> Marks:
    """Return the marks of a person."""
    return of_persons([person_id]).get(person_id, {})


def of_persons(person_ids: Collection[int]) -> Mapping[int, Marks]:
    """Return the marks of persons by key; who has none is left out."""
    found: dict[int, dict[MarkKind, str]] = {}
    rows = db.session.execute(
        select(PersonMark.person_id, PersonMark.kind, PersonMark.mark).where(
            PersonMark.person_id.in_(person_ids)
        )
    )
    for person_id, kind, mark in rows:
        found.setdefault(person_id, {})[MarkKind(kind)] = mark
    return found


def sharing(marks: Marks, *, but: int) -> list[int]:
    """Return other persons who share a mark by which people are looked for, newest first."""
    wanted = [mark for kind, mark in marks.items() if kind in SEEKING]
    return list(
        db.session.scalars(
            select(PersonMark.person_id)
            .where(PersonMark.mark.in_(wanted), PersonMark.person_id != but)
            .distinct()
            .order_by(PersonMark.person_id.desc())
            .limit(MOST_LIKE)
        )
    )


def mark_the_rest(_now: datetime) -> None:
    """Mark some of the persons who have no marks, such as those of before there were any."""
    unmarked = ~select(PersonMark.person_id).where(PersonMark.person_id == Person.id).exists()
    # Who was erased has no key any more, and nothing to be known by.
    readable = DataKey.wrapped.is_not(None)
    persons = db.session.scalars(
        select(Person).join(DataKey).where(unmarked, readable).order_by(Person.id).limit(BATCH)
    ).all()
    for person in persons:
        write(person, Details.from_json(person.details or {}))
