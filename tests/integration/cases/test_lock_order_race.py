"""Two tabs, or two heads, that write the same rows: one waits for the other and both are done."""

import io
import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases import changing, queries, teams
from app.cases.family import services as families
from app.catalogue.models import Service
from app.core.actor import Actor, Role
from app.core.db import db, transaction
from app.documents import services as documents
from tests.databases import somebody_waits
from tests.factories import cases as factory
from tests.factories import families as households
from tests.factories import files, people
from tests.integration.cases.test_families import Attached
from tests.integration.cases.test_moving_race import both
from tests.servers import wait_until

pytestmark = [pytest.mark.race, pytest.mark.parametrize("engine", ["postgresql"], indirect=True)]


def while_it_waits(
    app: Flask,
    other: Callable[[], object],
    *,
    first: Callable[[], object],
    then: Callable[[], object] = lambda: None,
) -> list[str]:
    """Do something first, the rest once another waits for it; return how the other one ended."""
    ends: list[str] = []
    waiting = threading.Thread(target=lambda: ends.extend(both(app, other)))
    with app.app_context(), transaction():
        first()
        db.session.flush()
        waiting.start()
        wait_until(somebody_waits, what="somebody who waits for the lock")
        then()
    waiting.join(timeout=60)
    return ends


def test_a_household_is_locked_in_one_order(racing_app: Flask) -> None:
    with racing_app.app_context(), transaction():
        account = people.account()
        low, high = (case.id for case in households.begun(account, birth="2016-03-27"))
        citizen = factory.citizen(account)

    def attach_to_the_second() -> None:
        upload = documents.examine(Attached(io.BytesIO(files.pdf())), formats=("pdf",))
        case, on = queries.get_by_id(high), factory.yesterday()
        families.attach_to_all(case, "guardianship", upload, issued_on=on, actor=citizen)

    assert while_it_waits(
        racing_app,
        attach_to_the_second,
        first=lambda: changing.lock(low),
        then=lambda: changing.lock(high),
    ) == ["done"]


def test_two_heads_save_a_group_at_the_same_moment(racing_app: Flask) -> None:
    with racing_app.app_context(), transaction():
        head = factory.officer(role=Role.HEAD)
        factory.offer()
        uid = teams.add_group("Паспорта", actor=head).uid

    def save() -> None:
        write_group(uid, head)

    assert while_it_waits(racing_app, save, first=save) == ["done"]


def write_group(uid: str, head: Actor) -> None:
    service = db.session.scalars(select(Service.id).where(Service.code == "PASS_RENEW")).one()
    teams.save_group(uid, "Паспорта", members=[head.id or 0], services=[service], actor=head)
