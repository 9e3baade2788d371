"""A service whose seats are opened at an hour in a queue; in transaction()."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from app.appointments.draw import services as draw_services
from app.appointments.draw.rules import ReleaseMode
from app.appointments.line import admitting, joining, queries, services
from app.appointments.line.models import Opening, Place
from app.appointments.line.services import Plan
from app.appointments.models import Booking
from app.appointments.services import hold
from app.cases.models import Case
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db
from tests.factories import draws
from tests.factories.draws import MONDAY, NOW, TUESDAY, Fair

OPENS = datetime.fromisoformat("2026-12-01T10:00+03:00")
IN_TIME = OPENS - timedelta(minutes=30)
PLAN = Plan(first_on=MONDAY, last_on=TUESDAY, opens_at=OPENS, hours=4, rate=60)

__all__ = ["IN_TIME", "MONDAY", "NOW", "OPENS", "PLAN", "TUESDAY", "Fair"]


def make(**more: Any) -> Fair:
    """Return a post whose one service opens its seats in a queue."""
    fair = draws.make(**more)
    draw_services.set_mode(fair.version.service, ReleaseMode.QUEUE, actor=SYSTEM)
    return fair


def announce(fair: Fair, **more: Any) -> Opening:
    """Make an opening; `more` is what differs from the usual plan."""
    plan = replace(PLAN, **more)
    return services.announce(fair.post, fair.pool, fair.version.service, plan, actor=SYSTEM)


def join(case: Case, opening: Opening) -> Place:
    """Have the owner of a case line up."""
    return joining.join(case, opening, actor=draws.owner(case))


def get(opening_id: int) -> Opening:
    """Return an opening as it stands now."""
    return db.session.get_one(Opening, opening_id, populate_existing=True)


def place(opening_id: int, case: Case) -> Place:
    """Return the newest place of a case as it stands now."""
    found = queries.find_place(opening_id, case.id)
    assert found is not None
    db.session.refresh(found)
    return found


def token(opening_id: int, case: Case) -> str:
    """Return what the page of times holds for the owner of a case, empty before their turn."""
    turn = queries.find_turn(case, clock.now())
    if turn is None or turn.until is None:
        return ""
    return admitting.token(opening_id, case, turn.until, actor=draws.owner(case))


def take(case: Case, slot_id: int, admission: str) -> Booking:
    """Have the owner of a case keep a time."""
    return hold(case, slot_id, actor=draws.owner(case), admission=admission)


def step(opening_id: int) -> None:
    """Let the next ones in, as the worker does."""
    services.step(opening_id, get(opening_id).steps)
