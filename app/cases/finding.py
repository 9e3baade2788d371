"""Numbers by which staff find a case: phones and papers in its answers, as keyed hashes."""

from sqlalchemy import delete, insert

from app.accounts import rules as persons
from app.cases import queries
from app.cases.models import Case, CaseTerm
from app.catalogue.definition.elements import Field, FieldKind
from app.catalogue.definition.identity import OF_IDENTITY
from app.core.crypto import keyed_hash
from app.core.db import db
from app.core.errors import NotFound

SHORTEST = 5
"""Fewer digits than this are the number of a house or a year."""
LONGEST = 32
OF_A_PHONE = 9
"""So many digits at its end are the same however a phone is written: with 8, +7, 0 or +963."""
WITH_NUMBERS = frozenset({FieldKind.SHORT_TEXT, FieldKind.NUMBER, *OF_IDENTITY})


def index(case: Case) -> None:
    """Have a case be found by the phones and numbers of its newest answers, and no others."""
    answers = queries.answers(case)
    fields = queries.definition(case).fields()
    known = [(field, answers[field.key]) for field in fields if field.key in answers]
    terms = {term for field, value in known for term in _terms_of(field, value)}
    db.session.execute(delete(CaseTerm).where(CaseTerm.case_id == case.id))
    if terms:
        rows = [{"term": term, "case_id": case.id} for term in sorted(terms)]
        db.session.execute(insert(CaseTerm), rows)


def terms_typed(words: str) -> list[str]:
    """Return the keyed hashes under which a typed number may stand; empty for what is none."""
    return [*_of_number(words), *_of_phone(words)]


def reference_in(typed: str) -> str:
    """Return the reference in what was typed or scanned: a reference, or an address with one."""
    parts = [part for part in typed[:200].split("/") if part.strip()]
    for part in parts:
        try:
            return queries.normal_reference(part)
        except NotFound:
            continue
    return typed[:200]


def _terms_of(field: Field, value: object) -> list[str]:
    text = value if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if field.kind is FieldKind.PHONE:
        return _of_phone(str(text))
    return _of_number(str(text)) if field.kind in WITH_NUMBERS else []


def _of_number(text: str) -> list[str]:
    number = persons.document_number(text)
    if len(persons.digits_of(number)) < SHORTEST or len(number) > LONGEST:
        return []
    return [keyed_hash("case:number", number)]


def _of_phone(text: str) -> list[str]:
    digits = persons.digits_of(text)
    return [keyed_hash("case:phone", digits[-OF_A_PHONE:])] if len(digits) >= OF_A_PHONE else []
