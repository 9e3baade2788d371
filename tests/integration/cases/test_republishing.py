"""A service is edited and published anew under those who use it: nothing of theirs changes."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account
from app.cases import moving, queries, rebasing, services
from app.cases.models import (
    Case,
    CaseAnswers,
    CaseEvent,
    CaseFile,
    CaseItem,
    CaseStep,
    CorrectionRound,
)
from app.cases.rules import State
from app.catalogue.models import ServiceVersion
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.db import Model, db, new_uid, transaction
from app.documents.models import Document
from tests.factories import cases as factory
from tests.factories import people, versions
from tests.integration.cases.test_moving import rearranged

FEW, MANY = 10, 50
TABLES: tuple[type[Model], ...] = (
    Case,
    CaseStep,
    CaseItem,
    CaseAnswers,
    CaseFile,
    CaseEvent,
    CorrectionRound,
    Document,
)

Stored = dict[str, list[tuple[Any, ...]]]
"""Table to rows as they are stored (Any: columns of any type)."""


def stored() -> Stored:
    """Return every row that belongs to a case, bytes as they are."""
    return {
        model.__tablename__: [
            tuple(row)
            for row in db.session.execute(select(model.__table__).order_by(model.__table__.c.id))
        ]
        for model in TABLES
    }


def begin_many(app: Flask, many: int) -> None:
    """Make so many drafts, some of them unfinished, and as many cases that were sent, in stages."""
    makers = (begin, factory.complete, factory.complete, factory.complete, factory.complete)
    stages = (factory.taken, factory.asked, factory.accepted)
    for number in range(many):
        with app.app_context(), transaction():
            makers[number % 5](people.account())
        with app.app_context(), transaction():
            account = people.account()
            if number % 5 > 1:
                factory.submitted(account)
            else:
                stages[number % 3](account, factory.officer())


def begin(account: Account) -> Case:
    """Return a draft with one page answered."""
    case, values = factory.draft(account), factory.ANSWERS["stay_in_russia"]
    actor = factory.citizen(account)
    return services.save_page(case.reference, "stay_in_russia", values, actor=actor)


def answers_by_case() -> dict[str, dict[str, object]]:
    return {case.reference: queries.answers(case) for case in every_case()}


def every_case() -> list[Case]:
    references = db.session.scalars(select(Case.reference).order_by(Case.id)).all()
    return [queries.get_case(reference, SYSTEM) for reference in references]


def everything_known() -> dict[str, dict[str, object]]:
    """Return every answer of every case, with or without a place."""
    found = answers_by_case()
    for case in every_case():
        for left in rebasing.left_over(case):
            found[case.reference] |= left.answers
    return found


def move_drafts(app: Flask, *, to: int) -> None:
    """Have every citizen move their draft to a version."""
    with app.app_context():
        drafts = db.session.execute(
            select(Case.reference, Case.version, Case.account_id).where(Case.state == State.DRAFT)
        ).all()
    for reference, seen, account_id in drafts:
        actor = Actor(kind=ActorKind.CITIZEN, id=account_id)
        with app.app_context(), transaction():
            moving.move_draft(reference, to=to, actor=actor, seen=seen, key=new_uid())


def publish(app: Flask, edit: versions.Edit) -> None:
    """Publish the renewal, edited."""
    with app.app_context(), transaction():
        versions.publish(edit)


@pytest.mark.parametrize("many", [FEW, pytest.param(MANY, marks=pytest.mark.grid)])
def test_drafts_and_cases_live_through_new_versions(app: Flask, many: int) -> None:
    begin_many(app, many)
    with app.app_context():
        before, answered = stored(), answers_by_case()
        content = db.session.scalar(select(ServiceVersion.content))
    assert len(before["case"]) == 2 * many

    publish(app, lambda d: d.update(target_days=3))
    with app.app_context(), transaction():
        versions.withdraw()
    publish(app, rearranged)

    with app.app_context():
        assert stored() == before
        assert answers_by_case() == answered
        first = select(ServiceVersion.content).where(ServiceVersion.number == 1)
        assert db.session.scalar(first) == content

    move_drafts(app, to=3)

    with app.app_context():
        assert everything_known() == answered
        assert stored()["case_file"] == before["case_file"]
        moved = [row for row in stored()["case"] if row not in before["case"]]
        assert len(moved) == many
