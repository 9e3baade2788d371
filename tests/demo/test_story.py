"""The story of the demonstration: some fifty requests, each made by the services themselves."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import cli
from app.accounts import queries as accounts
from app.accounts.models import Account, StaffMember
from app.appointments import arriving
from app.appointments import queries as seats
from app.appointments.draw import queries as draws
from app.appointments.draw.models import Release
from app.appointments.draw.rules import ReleaseState
from app.appointments.line import joining
from app.appointments.line.models import Opening
from app.appointments.line.rules import OpeningState
from app.appointments.models import Booking, BookingState
from app.cases import queries as cases
from app.cases import queue, visitors
from app.cases.appeals import services as appeals
from app.cases.appeals.models import Appeal
from app.cases.consignments import queries as consignments
from app.cases.consignments.models import Consignment
from app.cases.consignments.rules import ConsignmentState, Result
from app.cases.mandates.models import Mandate
from app.cases.mandates.rules import MandateState
from app.cases.models import Case, CaseEvent
from app.cases.queue import Tab
from app.cases.rules import ItemState, State
from app.catalogue import queries as catalogue
from app.core import clock, i18n
from app.core.actor import SYSTEM
from app.core.db import Model, db, transaction
from app.demo.story import telling
from app.desk import paying_views
from app.documents import services as documents
from app.documents.models import Document, DocumentState
from app.jobs import services as jobs
from app.jobs.models import Job
from app.notifications import tasks as notifications
from app.notifications.models import Channel, Message, MessageState
from app.payments import queries as payments
from app.payments import shares
from app.payments.models import CashDesk, Receipt
from config import Settings
from tests.conftest import build, dispose
from tests.databases import ENGINES, Databases
from tests.servers import MailServer

pytestmark = pytest.mark.grid

A_THURSDAY = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
"""11:00 in Moscow: all visits of the morning but one have begun."""

EXPECTED = {
    State.DRAFT: 4,
    State.SUBMITTED: 8,
    State.IN_REVIEW: 7,
    State.ACTION_NEEDED: 5,
    State.IN_PROGRESS: 15,
    State.READY: 8,
    State.COMPLETED: 5,
    State.REFUSED: 1,
    State.WITHDRAWN: 1,
    State.LAPSED: 1,
}


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Name the engine; the story is told once on each, because telling takes half a minute."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def told(
    databases: Databases, make_settings: Callable[[str], Settings], engine: str
) -> Iterator[Flask]:
    """Be an app on a database of its own in which the story was told on a Thursday."""
    with _told(make_settings(databases.migrated(engine)), A_THURSDAY) as app:
        yield app


@contextmanager
def _told(settings: Settings, at: datetime) -> Iterator[Flask]:
    app = build(settings)
    with app.app_context(), clock.pretend(at), transaction():
        telling.tell(cli.load_examples())
    yield app
    dispose(app)


@pytest.fixture
def on_that_day(told: Flask) -> Iterator[None]:
    """Look at the database on the day on which the story was told."""
    with told.app_context(), clock.pretend(A_THURSDAY):
        yield


def _states() -> dict[State, int]:
    rows = db.session.execute(select(Case.state, func.count()).group_by(Case.state)).all()
    return {state: count for state, count in rows}


def _cases_of(address: str) -> list[Case]:
    account = accounts.find_account_by_address(address)
    assert account is not None
    return list(cases.cases_of(account.id).cases)


@pytest.mark.usefixtures("on_that_day")
def test_there_are_fifty_requests_in_all_states() -> None:
    services = db.session.scalar(select(func.count(func.distinct(Case.service_id))))

    assert _states() == EXPECTED
    assert services is not None and services >= 8


@pytest.mark.usefixtures("on_that_day")
def test_a_request_waits_for_a_second_officer() -> None:
    maher, rana = accounts.find_staff("maher"), accounts.find_staff("rana")
    assert maher is not None and rana is not None
    post = catalogue.get_current_post()
    today = clock.today(post.zone)

    (case,) = queue.queue_page(post.id, tab=Tab.SECOND, officer_id=rana.id, today=today).cases

    assert (case.state, case.definition.code) == (State.SUBMITTED, "LAISSEZ")
    assert cases.has_looked_first(case.id, maher.id)
    assert not cases.has_looked_first(case.id, rana.id)


@pytest.mark.usefixtures("on_that_day")
def test_rana_has_five_requests_of_which_two_are_late() -> None:
    rana = accounts.find_staff("rana")
    assert rana is not None
    post = catalogue.get_current_post()
    today = clock.today(post.zone)

    mine = queue.queue_page(post.id, tab=Tab.MINE, officer_id=rana.id, today=today).cases

    late = [case for case in mine if case.due_on is not None and case.due_on < today]
    assert (len(mine), len(late)) == (5, 2)


@pytest.mark.usefixtures("on_that_day")
def test_a_document_that_lies_ready_is_not_late() -> None:
    post = catalogue.get_current_post()
    today = clock.today(post.zone)

    late = queue.queue_page(post.id, tab=Tab.LATE, officer_id=0, today=today).cases

    overdue = select(Case).where(Case.state == State.READY, Case.due_on < today)
    assert db.session.scalars(overdue).all()
    assert {case.state for case in late} == {State.IN_REVIEW}


@pytest.mark.usefixtures("on_that_day")
def test_layan_is_asked_for_a_better_photo_and_has_a_visit_and_news() -> None:
    found = _cases_of("layan@example.org")
    asked = next(case for case in found if case.state is State.ACTION_NEEDED)
    items = cases.get_by_id(asked.id).items
    unread = db.session.scalars(
        select(Message).where(
            Message.account_id == asked.account_id,
            Message.channel == Channel.PORTAL,
            Message.read_at.is_(None),
        )
    ).all()
    visits = [seats.booking_of(case.id) for case in found]

    assert [item.key for item in items if item.state is ItemState.REJECTED] == ["photo"]
    assert any(visit and visit.starts_at > clock.now() for visit in visits)
    assert unread


@pytest.mark.usefixtures("on_that_day")
def test_samer_may_book() -> None:
    found = _cases_of("samer@example.org")

    free = [case for case in found if seats.is_at_appointment(case)]

    assert {cases.definition(case).code for case in free} == {"PASS_RENEW", "CONS_REG"}
    assert [seats.booking_of(case.id) for case in free] == [None, None]


@pytest.mark.usefixtures("on_that_day")
def test_a_draw_takes_wishes_of_which_layan_has_none() -> None:
    release = db.session.scalars(select(Release)).one()
    undecided = _at_appointment("layan@example.org", "RESID")
    (shown,) = draws.list_for_case(undecided, pool_ids=[release.pool_id])

    assert shown.state is ReleaseState.OPEN
    assert release.closes_at > clock.now() + timedelta(days=1)
    assert draws.count_entries(release.id) == 2
    assert draws.find_entry(release.id, undecided.id) is None


@pytest.mark.usefixtures("on_that_day")
def test_times_open_in_a_queue_within_the_half_hour_and_samer_may_line_up() -> None:
    opening = db.session.scalars(select(Opening)).one()
    case = _at_appointment("samer@example.org", "CONS_REG")

    assert opening.state is OpeningState.ANNOUNCED
    assert timedelta(minutes=15) < opening.opens_at - clock.now() <= timedelta(minutes=30)
    assert joining.concerns(opening, case)
    assert joining.can_come_in(opening, clock.now())


def _at_appointment(address: str, code: str) -> Case:
    found = [case for case in _cases_of(address) if cases.definition(case).code == code]
    return next(case for case in found if seats.is_at_appointment(case))


@pytest.mark.usefixtures("on_that_day")
def test_reception_expects_people_today_and_some_are_there() -> None:
    today = arriving.arrivals(catalogue.get_current_post().id)

    assert Counter(booking.state for booking in today) == {
        BookingState.CHECKED_IN: 4,
        BookingState.BOOKED: 1,
    }


@pytest.mark.usefixtures("on_that_day")
def test_visits_were_at_both_sites() -> None:
    sites = {booking.pool.site.code for booking in db.session.scalars(select(Booking))}

    assert sites == {"moscow", "saint_petersburg"}


@pytest.mark.usefixtures("on_that_day")
def test_every_paper_was_looked_at_and_has_page_images() -> None:
    made = select(Consignment.document_id).where(Consignment.document_id.is_not(None))
    found = db.session.scalars(select(Document).where(Document.id.not_in(made))).all()

    assert {document.state for document in found} == {DocumentState.CLEAN}
    assert all(documents.page_image(one, 1).startswith(b"\xff\xd8\xff") for one in found)
    assert all(documents.preview(one).startswith(b"\xff\xd8\xff") for one in found)


@pytest.mark.usefixtures("on_that_day")
def test_fees_were_paid_at_desks_that_balance() -> None:
    receipts = db.session.scalars(select(Receipt).order_by(Receipt.number)).all()
    desks = db.session.scalars(select(CashDesk)).all()

    assert sorted({one.number for one in receipts}) == [1, 2, 3, 4, 5, 6]
    assert [one.closed and one.closed.difference(one.counted or 0) for one in desks] == [0] * 6


def _household(address: str) -> list[Case]:
    found = [case for case in _cases_of(address) if case.filing_id is not None]
    return sorted(found, key=lambda case: case.id)


@pytest.mark.usefixtures("on_that_day")
def test_a_household_of_four_came_and_paid_at_once() -> None:
    family = _household("khaled.al-ahmad@example.net")
    visits = {booking.starts_at for booking in _visits_of(family)}
    receipts = [payments.list_receipts(case.id) for case in family]

    assert [case.state for case in family] == [State.READY] * 4
    assert len(visits) == 1
    assert [one.line for (one,) in receipts] == [1, 2, 3, 4]
    assert len({one.number for (one,) in receipts}) == 1


def _visits_of(family: list[Case]) -> list[Booking]:
    keys = [case.id for case in family]
    return list(db.session.scalars(select(Booking).where(Booking.case_id.in_(keys))))


@pytest.mark.usefixtures("on_that_day")
def test_a_household_is_here_and_owes_one_fee() -> None:
    family = _household("mazen.shahin@example.net")

    assert {booking.state for booking in _visits_of(family)} == {BookingState.CHECKED_IN}
    with i18n.speaking("en"):
        owed = shares.due(family[0], SYSTEM)
    assert owed is not None
    assert (len(owed.shares), owed.amount) == (2, "400 US dollars")


def test_a_household_at_the_counter_is_one_line_for_the_cashier(told: Flask) -> None:
    page = told.test_request_context("/en/desk/payments")
    with page, clock.pretend(A_THURSDAY), i18n.speaking("en"):
        here = paying_views.list_payers(catalogue.get_current_post().id)

    (household,) = [one for one in here if one.url.endswith("/together")]
    assert len(here) == 3
    assert (household.amount, household.names.count(",")) == ("400 US dollars", 1)


@pytest.mark.usefixtures("on_that_day")
def test_an_agent_waits_for_their_paper_to_be_checked() -> None:
    states = Counter(db.session.scalars(select(Mandate.state)))
    filed = db.session.scalars(select(Message).where(Message.event == "principal_filed")).all()

    assert states == {MandateState.ACCEPTED: 1, MandateState.RECEIVED: 1}
    assert len(filed) == 2


@pytest.mark.usefixtures("on_that_day")
def test_one_consignment_is_away_and_one_came_back_with_a_difference() -> None:
    boxes = consignments.list_consignments(catalogue.get_current_post().id)
    found = {box.state: box for box, _size in boxes}
    back = consignments.list_items(found[ConsignmentState.RETURNED].id)

    assert [size for _box, size in boxes] == [2, 2]
    assert set(found) == {ConsignmentState.SENT, ConsignmentState.RETURNED}
    assert all(box.document is not None for box in found.values())
    assert {item.result for item in back} == {Result.PRODUCED, Result.INCOMPLETE}
    away = consignments.list_items(found[ConsignmentState.SENT].id)
    assert all(item.case.waiting_since is not None for item in away)


@pytest.mark.usefixtures("on_that_day")
def test_an_appeal_waits_for_the_head() -> None:
    head = accounts.find_staff("yusuf")
    assert head is not None
    post = catalogue.get_current_post()
    (appeal,) = db.session.scalars(select(Appeal)).all()

    assert appeals.may_decide(appeal, accounts.acting_staff(head.id, post.id))


@pytest.mark.usefixtures("on_that_day")
def test_a_visitor_without_an_account_was_filed_for() -> None:
    (sent,) = visitors.list_sent(catalogue.get_current_post().id)

    assert (sent.account_id, sent.state) == (None, State.SUBMITTED)
    assert sent.follow_code


def test_no_mail_of_the_past_is_sent_again(told: Flask, mail: MailServer) -> None:
    with told.app_context(), clock.pretend(A_THURSDAY):
        notifications.drain()
        states = db.session.execute(
            select(Message.channel, Message.state, func.count()).group_by(
                Message.channel, Message.state
            )
        ).all()

    assert mail.received == []
    assert {(channel, state) for channel, state, _count in states} == {
        (Channel.EMAIL, MessageState.ACCEPTED),
        (Channel.PORTAL, MessageState.DELIVERED),
    }


@pytest.mark.usefixtures("on_that_day")
def test_no_work_of_the_past_is_left_and_nothing_lies_in_the_future() -> None:
    with transaction():
        left = jobs.claim(clock.now())
    latest = db.session.scalar(select(func.max(CaseEvent.at)))

    assert left is None
    assert latest is not None and latest <= A_THURSDAY
    assert db.session.scalar(select(func.count()).where(Job.last_error.is_not(None))) == 0


def test_telling_it_again_changes_nothing(told: Flask) -> None:
    with told.app_context(), clock.pretend(A_THURSDAY):
        before = _sizes()
        with transaction():
            again = telling.tell(cli.load_examples())

        assert not again
        assert _sizes() == before


def _sizes() -> dict[str, int | None]:
    return {
        table.name: db.session.scalar(select(func.count()).select_from(table))
        for table in Model.metadata.sorted_tables
    }


@pytest.mark.grid
@pytest.mark.parametrize(
    "at",
    [
        pytest.param(datetime(2026, 11, 28, 20, 0, tzinfo=UTC), id="saturday"),
        pytest.param(datetime(2027, 1, 4, 0, 5, tzinfo=UTC), id="new-year-holidays"),
        pytest.param(datetime(2026, 11, 24, 23, 30, tzinfo=UTC), id="night"),
    ],
)
def test_the_story_fits_any_day(
    databases: Databases, make_settings: Callable[[str], Settings], at: datetime
) -> None:
    with _told(make_settings(databases.migrated("sqlite")), at) as app, app.app_context():
        coming = db.session.scalar(
            select(func.count()).where(Booking.state == BookingState.BOOKED, Booking.starts_at > at)
        )

        assert _states() == EXPECTED
        assert coming


def test_the_command_of_production_writes_no_people(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["seed"])

    assert done.exit_code == 0, done.output
    with app.app_context():
        assert catalogue.get_current_post().code == "moscow"
        for model in (StaffMember, Account, Case):
            assert db.session.scalar(select(func.count()).select_from(model)) == 0


def test_only_the_story_pretends_another_time() -> None:
    root = Path(cli.__file__).parent
    found = {
        path.relative_to(root).parts[:2]
        for path in root.rglob("*.py")
        if "clock.pretend(" in path.read_text("utf-8")
    }

    assert found == {("demo", "story")}
