"""What the tests write themselves to save time is what the services would have written."""

from collections import Counter

from flask import Flask
from sqlalchemy import func, select

from app.cases import queries
from app.cases.models import Case
from app.core.db import Model, db, transaction
from tests.factories import cases as factory
from tests.factories import people

WRITTEN_ANEW = {"id", "uid", "case_id", "item_id", "document_id", "data_key_id", "created_at"}


def rows() -> Counter[str]:
    """Return how many rows each table has."""
    db.session.flush()
    tables = Model.metadata.sorted_tables
    return Counter(
        {one.name: db.session.scalar(select(func.count()).select_from(one)) or 0 for one in tables}
    )


def told(case: Case) -> list[object]:
    """Return what a draft says, without the names and moments that are new each time."""
    found: list[object] = [case.version, queries.answers(case)]
    for item in case.items:
        newest = queries.newest_answers(item)
        found.append((item.kind, item.key, item.state, newest and newest.revision))
        found += [_columns(file) | _columns(file.document) for file in item.files]
    return found


def _columns(row: Model) -> dict[str, object]:
    names = [column.name for column in row.__table__.columns]
    kept = [name for name in names if name not in WRITTEN_ANEW and not name.startswith("sealed_")]
    return {name: getattr(row, name) for name in kept}


def test_a_draft_filled_at_once_is_like_one_filled_by_its_citizen(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        quick, slow = factory.draft(account), factory.draft(account)

        start = rows()
        quick = factory.fill(quick)
        between = rows()
        slow = factory.fill_by_services(slow, factory.citizen(account))

        assert between - start == rows() - between != Counter()
        assert told(quick) == told(slow)
