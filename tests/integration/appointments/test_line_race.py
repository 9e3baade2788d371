"""Many at the hour: shuffled once, nobody lost, and the last seat is given once."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.appointments.line import services
from app.appointments.line.models import Place, PlacePerson
from app.appointments.line.rules import OpeningState, PlaceState
from app.appointments.models import Booking, Slot
from app.cases.models import Case
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, transaction
from app.core.errors import DomainError
from tests.factories import lines
from tests.factories.lines import IN_TIME, MONDAY, NOW, OPENS
from tests.integration.appointments.test_race import EACH, RACERS, race

pytestmark = pytest.mark.race


def announced(app: Flask, cases: int, **more: int) -> tuple[int, list[int]]:
    """Have an opening be announced; return its key and those of cases that wait for a seat."""
    with app.app_context(), clock.pretend(NOW), transaction():
        fair = lines.make(**more)
        return lines.announce(fair).id, [fair.case().id for _ in range(cases)]


def attempt(what: str, do: object) -> str:
    """Carry out something in a transaction; return its name, or that of the refusal."""
    try:
        with transaction():
            do()  # type: ignore[operator]
    except DomainError as refusal:
        return type(refusal).__name__
    return what


def test_fifty_who_arrive_at_the_hour_are_shuffled_once_and_none_is_lost(
    racing_app: Flask,
) -> None:
    number = RACERS * EACH
    opening_id, cases = announced(racing_app, number, seats_at_a_time=2)
    middle = number // 2

    def arrive(turn: int) -> str:
        if turn % middle == 0:
            # Two workers at once open what others are about to join.
            with clock.pretend(OPENS):
                return attempt("opened", lambda: services.open_(opening_id))
        with clock.pretend(OPENS - timedelta(seconds=1)):
            return attempt("in", lambda: lines.join(case_of(cases[turn]), lines.get(opening_id)))

    outcomes = race(arrive, racing_app)

    assert outcomes == {"in": number - 2, "opened": 2}
    with racing_app.app_context():
        opening = lines.get(opening_id)
        assert (opening.state, opening.steps) == (OpeningState.OPEN, 1)
        ranks = sorted(rank for rank in db.session.scalars(select(Place.rank)) if rank)
        assert ranks == list(range(1, len(ranks) + 1))
        listed = (opening.list_text or "").count("present ")
        assert listed == len(ranks)
        assert count(Place) == count(PlacePerson) == number - 2


def case_of(case_id: int) -> Case:
    """Return a case as this thread reads it."""
    return db.session.get_one(Case, case_id)


def count(model: type[Place] | type[PlacePerson] | type[Booking]) -> int:
    """Return how many rows there are."""
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.grid
def test_one_person_from_everywhere_has_one_place(racing_app: Flask) -> None:
    opening_id, (case_id,) = announced(racing_app, 1)

    def arrive(_turn: int) -> str:
        with clock.pretend(IN_TIME):
            return attempt("in", lambda: lines.join(case_of(case_id), lines.get(opening_id)))

    outcomes = race(arrive, racing_app)

    assert outcomes == {"in": RACERS * EACH}
    with racing_app.app_context():
        assert count(Place) == 1


def test_all_who_were_let_in_and_the_last_seats(racing_app: Flask) -> None:
    opening_id, cases = announced(racing_app, 12, seats_at_a_time=3)
    with racing_app.app_context():
        with clock.pretend(IN_TIME), transaction():
            for case_id in cases:
                lines.join(case_of(case_id), lines.get(opening_id))
        with clock.pretend(OPENS), transaction():
            services.set_rate(opening_id, 600, actor=SYSTEM)
            services.open_(opening_id)
            slot = db.session.scalars(select(Slot.id).where(Slot.local_on == MONDAY)).first()
            tokens = {case_id: lines.token(opening_id, case_of(case_id)) for case_id in cases}
        assert all(tokens.values())
    assert slot is not None

    def take(turn: int) -> str:
        case_id = cases[turn % len(cases)]
        with clock.pretend(OPENS + timedelta(seconds=5)):
            return attempt("kept", lambda: lines.take(case_of(case_id), slot, tokens[case_id]))

    outcomes = race(take, racing_app)

    assert set(outcomes) == {"kept", "SlotTaken"}
    with racing_app.app_context():
        assert count(Booking) == 3
        assert db.session.scalar(select(Slot.taken).where(Slot.id == slot)) == 3
        states = set(db.session.scalars(select(Place.state)))
        assert states == {PlaceState.ADMITTED}
