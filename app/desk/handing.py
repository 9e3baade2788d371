"""How a document was handed over, in the words of staff."""

from dataclasses import dataclass
from typing import Any

from app.cases import receipt_words, receipts
from app.cases.models import Case
from app.cases.receipts import HandOver
from app.core.crypto import Unreadable
from app.desk import queries


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """To whom a document was handed over, in words (Any: lazy strings)."""

    sheet: str
    receiver: Any
    shown: Any
    ending: str
    proxy: str
    authority: Any
    authority_number: str
    row: HandOver
    by: str


def of(case: Case) -> Handed | None:
    """Return how the document of a case was handed over, or None before."""
    row = receipts.find(case.id)
    if row is None:
        return None
    try:
        sealed = row.ending or "", row.proxy or "", row.authority_number or ""
    except Unreadable:
        sealed = "", "", ""
    ending, proxy, number = sealed
    return Handed(
        sheet=row.sheet,
        receiver=receipt_words.RECEIVERS[row.receiver],
        shown=receipt_words.SHOWN[row.shown],
        ending=ending,
        proxy=proxy,
        authority=receipt_words.AUTHORITIES[row.authority] if row.authority else "",
        authority_number=number,
        row=row,
        by=queries.names_of_staff([row.by_id]).get(row.by_id, ""),
    )
