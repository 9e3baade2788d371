"""What narrows a queue down, how far it counts, and by what a case is found."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.models import Account, AuthorityKind, StaffMember
from app.accounts.rules import Details
from app.appointments.models import BookingState
from app.cases import queries, queue
from app.cases import services as cases
from app.cases.models import Case
from app.cases.rules import State
from app.catalogue.models import Post
from app.core import clock
from app.core.actor import Role
from app.core.db import db, new_uid, transaction
from app.desk import views
from tests.databases import counted_queries
from tests.factories import cases as factory
from tests.factories import crowd, people, seats
from tests.integration.desk.conftest import Officer, name_officer, officer_at
from tests.integration.desk.test_queue import found, search, sent, take
from tests.integration.desk.test_team import route
from tests.visitor import values_of

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TODAY = NOW.date()


def change(app: Flask, reference: str, by: Officer, **columns: object) -> None:
    """Write columns of a case, such as the day on which it is due."""
    with app.app_context(), transaction():
        case = queries.get_case(reference, by.actor)
        for name, value in columns.items():
            setattr(case, name, value)


def shown(officer: Officer, address: str) -> list[str]:
    """Return the references of the queue at an address, in order."""
    with clock.pretend(NOW):
        return found(officer.visitor.open(f"/en/desk/queue{address}").text)


@pytest.mark.parametrize(
    ("days", "tab"), [(-1, "late"), (0, "soon"), (3, "soon"), (4, None), (60, None)]
)
def test_what_is_soon_late_has_a_tab_of_its_own(
    app: Flask, officer: Officer, days: int, tab: str | None
) -> None:
    (reference,) = sent(app)
    change(app, reference, officer, due_on=TODAY + timedelta(days=days))

    found_in = [one for one in ("late", "soon") if shown(officer, f"?tab={one}")]

    assert found_in == ([tab] if tab else [])


def test_while_the_citizen_has_it_nothing_is_late(app: Flask, officer: Officer) -> None:
    (reference,) = sent(app)
    change(app, reference, officer, due_on=date(2026, 1, 10), waiting_since=NOW)

    assert shown(officer, "?tab=late") == []
    assert shown(officer, "?tab=all&flag=late") == []


def test_filters_are_combined(app: Flask, officer: Officer) -> None:
    late, both, urgent, _neither = sent(app, 4)
    for reference in (late, both):
        change(app, reference, officer, due_on=date(2026, 11, 2))
    for reference in (both, urgent):
        change(app, reference, officer, variant="urgent")

    assert set(shown(officer, "?tab=all&flag=late")) == {late, both}
    assert shown(officer, "?tab=all&flag=late&flag=urgent") == [both]
    assert shown(officer, "?tab=all&flag=late&flag=urgent&state=ready") == []
    assert len(shown(officer, "?tab=all&flag=nonsense")) == 4


def test_the_family_of_one_filing_is_found(app: Flask, officer: Officer) -> None:
    sent(app)
    with app.app_context(), transaction():
        account = people.account()
        of_one = [factory.submitted(account).reference for _ in range(2)]

    assert set(shown(officer, "?tab=all&flag=family")) == set(of_one)


def test_an_officer_and_days_narrow_down(app: Flask, officer: Officer) -> None:
    mine, other = sent(app, 2)
    take(app, mine, officer)
    name_officer(app, officer, "Basel Al Najjar")
    change(app, other, officer, submitted_at=datetime(2026, 3, 1, 22, 0, tzinfo=UTC))

    page = officer.visitor.open("/en/desk/queue?tab=all")
    officer.visitor.submit({"officer": _uid(app, officer)}, button="Apply")
    assert found(officer.visitor.page.text) == [mine]
    assert page.status == 200
    # Ten in the evening in London is the next day in Moscow.
    assert shown(officer, "?tab=all&since=2026-03-02&until=2026-03-02") == [other]
    assert shown(officer, "?tab=all&until=2026-03-01") == []
    assert len(shown(officer, "?tab=all&since=2026-13-45&officer=nobody")) == 2


def test_the_place_of_the_visit_narrows_down(app: Flask, officer: Officer) -> None:
    here, there, given_back, _unbooked = sent(app, 4)
    assert "Place of the visit" not in officer.visitor.open("/en/desk/queue").text
    with app.app_context(), transaction():
        post = db.session.get_one(Post, officer.actor.post_id)
        for code in ("main", "branch"):
            seats.make_site(post, code=code)
        slots = {
            one: seats.make_slot(seats.make_pool(post, site=one)) for one in ("main", "branch")
        }
        for reference, code, state in (
            (here, "main", BookingState.BOOKED),
            (there, "branch", BookingState.SERVED),
            (given_back, "branch", BookingState.CANCELLED),
        ):
            case = queries.get_case(reference, officer.actor)
            seats.make_booking(case, slots[code], state=state)

    officer.visitor.open("/en/desk/queue?tab=all")
    page = officer.visitor.submit({"site": "branch"}, button="Apply")

    assert found(page.text) == [there]
    assert values_of(page.form("Apply"))["site"] == "branch"
    assert shown(officer, "?tab=all&site=main") == [here]
    assert shown(officer, "?tab=all&site=main&state=ready") == []
    assert len(shown(officer, "?tab=all&site=nowhere")) == 4
    page = officer.visitor.open("/en/desk/queue?tab=all&site=main")
    exported = officer.visitor.follow("Export this list …")
    assert "site=main" in exported.url


def _uid(app: Flask, officer: Officer) -> str:
    with app.app_context():
        return db.session.get_one(StaffMember, officer.actor.id).uid


def test_an_applicant_narrows_down_and_stands_in_no_address(app: Flask, officer: Officer) -> None:
    reference, other = sent(app, 2)
    _rename(app, other, officer)
    officer.visitor.open("/en/desk/queue?tab=all&state=submitted")

    page = officer.visitor.submit({"q": "layan"}, button="Narrow down")

    assert found(page.text) == [reference]
    assert "layan" not in page.url
    assert "state=submitted" in page.url
    assert values_of(page.form("Narrow down"))["q"] == "layan"
    page = officer.visitor.follow("All applicants")
    assert set(found(page.text)) == {reference, other}


def _rename(app: Flask, reference: str, officer: Officer) -> None:
    with app.app_context(), transaction():
        account = db.session.get_one(Account, queries.get_case(reference, officer.actor).account_id)
        case = db.session.scalars(select(Case).where(Case.reference == reference)).one()
        case.person_id = _basel(account)


def _basel(account: Account) -> int:
    """Return the key of a person with another name."""
    person = accounts.save_person(
        Details(first_ar="باسل", family_ar="ديب", first_latin="Basel", family_latin="Deeb"),
        account_id=account.id,
        kind=AuthorityKind.PARENT,
        actor=factory.citizen(account),
    )
    return person.id


@pytest.mark.parametrize(
    "typed", ["+79161234567", "8 (916) 123-45-67", "N012345678", "n 012 345 678", "N٠١٢٣٤٥٦٧٨"]
)
def test_a_phone_or_a_paper_number_finds_its_case(app: Flask, officer: Officer, typed: str) -> None:
    (reference,) = sent(app)
    officer.visitor.open("/en/desk")

    assert found(search(officer.visitor, typed).text) == [reference]


@pytest.mark.parametrize("typed", ["+79161234568", "N012345679", "12345"])
def test_another_number_finds_nothing(app: Flask, officer: Officer, typed: str) -> None:
    sent(app)
    officer.visitor.open("/en/desk")

    assert found(search(officer.visitor, typed).text) == []


def test_numbers_are_found_at_their_own_post_only(app: Flask) -> None:
    sent(app)
    stranger = officer_at(app, Role.OFFICER, post="kazan", prefix="JK")
    stranger.visitor.open("/en/desk")

    assert found(search(stranger.visitor, "+79161234567").text) == []


def test_no_more_is_counted_than_anybody_plans_for(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MOST_COUNTED", 4)
    monkeypatch.setattr("app.desk.wording.MOST_COUNTED", 4)
    with app.app_context(), transaction():
        crowd.clone(factory.submitted(people.account()), 6)

    page = officer.visitor.open("/en/desk/queue?tab=all")

    assert "All open 4+" in page.text
    assert "Counts end at 4; 4+ stands for any more." in page.text
    assert "Counts end at 4; 4+ stands for any more." in officer.visitor.open("/en/desk").text
    assert len(found(page.text)) == 7


def test_the_last_page_of_a_long_queue_asks_what_the_first_one_does(
    app: Flask, officer: Officer
) -> None:
    with app.app_context(), transaction():
        crowd.clone(factory.submitted(people.account()), 300)

    def cost(address: str) -> list[str]:
        with counted_queries(app) as statements:
            page = officer.visitor.open(f"/en/desk/queue{address}")
        assert len(found(page.text)) == views.ROWS
        return statements

    first = cost("?tab=all")
    with app.app_context():
        late = db.session.scalars(
            select(Case.reference).order_by(Case.id.desc()).offset(30)
        ).first()

    # The one more asks where the page begins.
    assert len(cost(f"?tab=all&after={late}")) == len(first) + 1


def test_three_hundred_cases_ask_no_more_than_three(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "ROWS", 300)

    def cost(rows: int) -> int:
        officer.visitor.open("/en/desk/queue?tab=all")
        with counted_queries(app) as statements:
            page = officer.visitor.open("/en/desk/queue?tab=all")
        assert len(found(page.text)) == rows
        return len(statements)

    with app.app_context(), transaction():
        first = factory.submitted(people.account())
        crowd.clone(first, 2)
        reference = first.reference
    few = cost(3)
    with app.app_context(), transaction():
        crowd.clone(queries.get_case(reference, officer.actor), 297, seed=2)

    assert cost(300) == few


def test_nothing_is_said_of_counts_that_are_whole(app: Flask, officer: Officer) -> None:
    sent(app)

    assert "Counts end" not in officer.visitor.open("/en/desk/queue").text


def test_what_contradicts_its_tab_finds_nothing(app: Flask, officer: Officer) -> None:
    (reference,) = sent(app)
    take(app, reference, officer)
    name = f"&officer={_uid(app, officer)}"

    assert shown(officer, f"?tab=mine{name}") == [reference]
    for look in ("?tab=new&state=ready", f"?tab=ended{name}", "?tab=ended&flag=late"):
        with counted_queries(app) as statements:
            assert shown(officer, look) == []
        assert any("0 = 1" in one or "false" in one for one in statements), look


def test_what_is_narrowed_by_its_day_stands_in_the_order_of_sending(
    app: Flask, officer: Officer
) -> None:
    early, late = sent(app, 2)
    for reference, day in ((early, 2), (late, 4)):
        change(app, reference, officer, submitted_at=datetime(2026, 3, day, 12, 0, tzinfo=UTC))
    change(app, early, officer, due_on=date(2026, 3, 9))

    assert shown(officer, "?tab=all") == [early, late]
    assert shown(officer, "?tab=all&since=2026-03-01") == [late, early]
    assert "what was sent last in front" in officer.visitor.page.text
    assert values_of(officer.visitor.page.form("Apply"))["order"] == "sent"


@pytest.mark.parametrize("tab", ["mine", "new", "late", "soon", "waiting", "ended", "all"])
def test_the_filters_of_a_tab_leave_what_fits(app: Flask, officer: Officer, tab: str) -> None:
    """Every tab with every filter: what it shows is what it showed without, narrowed down."""
    _mixed(app, officer)
    every = shown(officer, f"?tab={tab}")

    assert every
    assert shown(officer, f"?tab={tab}&service=PASS_RENEW") == every
    assert set(shown(officer, f"?tab={tab}&order=sent")) == set(every)
    by_state = [one for state in State for one in shown(officer, f"?tab={tab}&state={state.value}")]
    assert sorted(by_state) == sorted(every)
    urgent = shown(officer, f"?tab={tab}&flag=urgent")
    assert 0 < len(urgent) < len(every)
    assert [one for one in every if one in urgent] == urgent


def _mixed(app: Flask, officer: Officer) -> None:
    """Make cases for every tab, in each two of which one hurries."""
    late, later = TODAY - timedelta(days=9), TODAY + timedelta(days=2)
    for variant in ("regular", "urgent"):
        with app.app_context(), transaction():
            mine = factory.taken(people.account(), officer.actor)
            free, asked = (factory.submitted(people.account()) for _ in range(2))
            asked = factory.asked(people.account(), factory.officer())
            ended = factory.submitted(people.account())
            citizen = factory.citizen(db.session.get_one(Account, ended.account_id))
            cases.withdraw(ended.reference, actor=citizen, seen=ended.version, key=new_uid())
            for case, due_on in ((mine, late), (free, later), (asked, later), (ended, late)):
                case.variant, case.due_on = variant, due_on


@pytest.mark.parametrize(
    ("look", "index"),
    [
        ("tab=new", "ix_case_new"),
        ("tab=mine", "ix_case_mine"),
        ("tab=group", "ix_case_new_service"),
        ("tab=all", "ix_case_open"),
        ("tab=late", "ix_case_running"),
        ("tab=soon", "ix_case_running"),
        ("tab=waiting", "ix_case_queue"),
        ("tab=capital", "ix_case_capital"),
        ("tab=appeals", "ix_case_appealed"),
        ("tab=ended", "ix_case_ended"),
        ("tab=all&order=sent", "ix_case_open_sent"),
        ("tab=all&since=2026-11-01", "ix_case_open_sent"),
        ("tab=ended&until=2026-11-01", "ix_case_ended_sent"),
        ("tab=all&service=PASS_RENEW&state=ready", "ix_case_service_state"),
        ("tab=all&flag=urgent", "ix_case_hurried"),
    ],
)
def test_each_look_has_its_index(
    app: Flask, officer: Officer, engine: str, look: str, index: str
) -> None:
    """SQLite says its plan in words; PostgreSQL's is measured in bench/queue."""
    if engine != "sqlite":
        return
    sent(app)
    route(app, officer)
    with counted_queries(app) as statements:
        officer.visitor.open(f"/en/desk/queue?{look}")
    page = next(one for one in statements if "ORDER BY" in one and '"case".reference' in one)

    with app.app_context():
        plan = db.session.connection().exec_driver_sql(
            f"EXPLAIN QUERY PLAN {page}", (1,) * page.count("?")
        )
        assert index in " ".join(row[3] for row in plan)
