"""The clock of a stored case: what is promised, what moves it, how long the post took."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.cases import pace, queries, rules
from app.cases.models import Case
from app.cases.pace import Calendar
from app.cases.rules import Action, Standing
from app.catalogue import fees, workdays
from app.catalogue import queries as catalogue
from app.catalogue.definition.document import Definition
from app.catalogue.models import Post
from app.core import clock

HORIZON = timedelta(days=730)
NOON = time(12)


def write(case: Case, action: Action, moved: Standing, now: datetime) -> None:
    """Promise a day when a case is sent, and move it by the time that others than the post took."""
    if action is Action.SUBMITTED:
        _promise(case, now)
    if action in {Action.REVIVED, Action.REOPENED}:
        # What lay between was not the post's time.
        case.waiting_since = case.ended_at
    if action is Action.REOPENED:
        # It was not done after all: the service standards count its real end, whole time and all.
        case.used_days = case.done_on = None
    if rules.stands_still(moved):
        case.waiting_since = case.waiting_since or now
    elif case.waiting_since is not None:
        _add_waiting(case, case.waiting_since, now)
        case.waiting_since = None


def moment_of(case: Case, details: Mapping[str, object] | None, now: datetime) -> datetime:
    """Return when something happened: noon of the day that its details name as "on", else now.

    A courier takes papers on one day, and it may be written down on another.
    """
    on = (details or {}).get("on")
    if not isinstance(on, str):
        return now
    zone = ZoneInfo(case.service.post.zone)
    return min(now, datetime.combine(date.fromisoformat(on), NOON, tzinfo=zone))


def _promise(case: Case, now: datetime) -> None:
    definition = queries.definition(case)
    today = clock.local(now, case.service.post.zone).date()
    days = fees.days_of(definition, case.variant)
    case.due_on = pace.due_on(today, days, calendar_of(case, definition))


def _add_waiting(case: Case, since: datetime, now: datetime) -> None:
    if case.due_on is None:
        return
    zone = case.service.post.zone
    calendar = calendar_of(case, queries.definition(case))
    waited = clock.local(since, zone).date(), clock.local(now, zone).date()
    case.due_on = pace.moved_by_waiting(case.due_on, *waited, calendar)


def measure(case: Case, now: datetime) -> None:
    """Write down how long the post took, once, for the service standards."""
    if case.state not in rules.WORKED or case.used_days is not None or case.due_on is None:
        return
    definition = queries.definition(case)
    case.done_on = clock.local(now, case.service.post.zone).date()
    case.used_days = pace.used_days(
        fees.days_of(definition, case.variant),
        case.due_on,
        case.done_on,
        calendar_of(case, definition),
    )


def expected_on(case: Case, *days: int) -> list[date]:
    """Return when a case is done if the post takes so many working days, for each number given.

    Empty where nobody can tell: the clock stands still, so that somebody else has the next move.
    """
    if case.submitted_at is None or case.due_on is None or case.waiting_since is not None:
        return []
    definition = queries.definition(case)
    calendar = calendar_of(case, definition)
    sent_on = clock.local(case.submitted_at, case.service.post.zone).date()
    promised = fees.days_of(definition, case.variant)
    return [
        pace.expected_on(sent_on, one, promised=promised, due=case.due_on, calendar=calendar)
        for one in days
    ]


def open_day(case: Case, day: date) -> date:
    """Return a day, or the first after it on which the post works on the service of a case."""
    calendar = calendar_of(case, queries.definition(case))
    return pace.due_on(day - timedelta(days=1), 1, calendar)


def calendar_of(case: Case, definition: Definition) -> Calendar:
    """Return when the post works on this service, two years ahead."""
    first = clock.local(case.created_at, case.service.post.zone).date()
    return calendar_since(first, case.service.post, definition)


def calendar_since(first: date, post: Post, definition: Definition) -> Calendar:
    """Return when a post works on a service, from a day to two years ahead."""
    last = clock.today(post.zone) + HORIZON
    return calendar_with(post, definition, catalogue.closed_days(post.id, first, last))


def calendar_with(
    post: Post, definition: Definition, closures: Sequence[workdays.Closure]
) -> Calendar:
    """Return when a post works on a service, by closures that are known already."""
    return Calendar(
        week=frozenset(post.week),
        closures=tuple(closures),
        stopped_by=workdays.PAID_WORK if definition.fees else workdays.FREE_WORK,
    )
