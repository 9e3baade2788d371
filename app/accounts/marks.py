"""Keyed hashes of what tells persons apart, by kind: likeness is found without a plain copy."""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, insert, select

from app.accounts import rules
from app.accounts.models import Person, PersonMark
from app.accounts.rules import Details
from app.core import text as texts
from app.core.crypto import DataKey, keyed_hash
from app.core.db import db

BATCH = 500
MOST_LIKE = 200
"""As many persons as are looked at more closely; more alike than that says nothing."""


class Kind(StrEnum):
    """What a mark stands for; names are folded, so that their usual spellings meet."""

    NATIONAL = "national"
    PASSPORT = "passport"
    NAME_AR = "name_ar"
    """First name, father's and family name in Arabic."""
    NAME_LATIN = "name_latin"
    NAME_RU = "name_ru"
    MOTHER = "mother"
    BIRTH = "birth"
    """The whole day of birth."""
    YEAR = "year"


SEEKING = frozenset(
    {Kind.NATIONAL, Kind.PASSPORT, Kind.NAME_AR, Kind.NAME_LATIN, Kind.NAME_RU, Kind.BIRTH}
)
"""Marks by which others are looked for; mothers and years are shared by too many."""

Marks = Mapping[str, str]
"""Kind to keyed hash."""


def words_of(details: Details) -> dict[Kind, str]:
    """Return what is marked of a person, folded; what was not given is left out."""
    latin = texts.match_key(f"{details.first_latin} {details.family_latin}")
    russian = texts.match_key(f"{details.first_ru} {details.family_ru}")
    found = {
        Kind.NATIONAL: rules.digits_of(details.national_number),
        Kind.PASSPORT: rules.document_number(details.passport_number),
        Kind.NAME_AR: _whole(details.first_ar, details.father_ar, details.family_ar),
        Kind.NAME_LATIN: latin if details.first_latin and details.family_latin else "",
        Kind.NAME_RU: russian if details.first_ru and details.family_ru else "",
        Kind.MOTHER: _whole(details.mother_first_ar, details.mother_family_ar),
        Kind.BIRTH: "" if details.is_year_only else details.birth,
        Kind.YEAR: details.birth[:4],
    }
    return {kind: word for kind, word in found.items() if word}


def _whole(*names: str) -> str:
    keys = [texts.match_key(name) for name in names]
    return "|".join(keys) if all(keys) else ""


def write(person: Person, details: Details) -> None:
    """Mark a person by these details and no others."""
    db.session.execute(delete(PersonMark).where(PersonMark.person_id == person.id))
    rows = [
        {"kind": kind.value, "mark": _hash(kind, word), "person_id": person.id}
        for kind, word in words_of(details).items()
    ]
    if rows:
        db.session.execute(insert(PersonMark), rows)


def _hash(kind: Kind, word: str) -> str:
    return keyed_hash(f"person_mark:{kind.value}", word)


def of_person(person_id: int) -> Marks:
    """Return the marks of a person."""
    return of_persons([person_id]).get(person_id, {})


def of_persons(person_ids: Collection[int]) -> Mapping[int, Marks]:
    """Return the marks of persons by key; who has none is left out."""
    found: dict[int, dict[str, str]] = {}
    rows = db.session.execute(
        select(PersonMark.person_id, PersonMark.kind, PersonMark.mark).where(
            PersonMark.person_id.in_(person_ids)
        )
    )
    for person_id, kind, mark in rows:
        found.setdefault(person_id, {})[kind] = mark
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


def mark_the_rest(_now: datetime) -> int:
    """Mark persons who have no marks, such as those of before there were any; return how many."""
    unmarked = ~select(PersonMark.person_id).where(PersonMark.person_id == Person.id).exists()
    # Who was erased has no key any more, and nothing to be known by.
    readable = DataKey.wrapped.is_not(None)
    persons = db.session.scalars(
        select(Person).join(DataKey).where(unmarked, readable).order_by(Person.id).limit(BATCH)
    ).all()
    for person in persons:
        write(person, Details.from_json(person.details or {}))
    return len(persons)
