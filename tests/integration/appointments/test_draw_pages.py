"""What admin, citizen and everybody read and do on the pages of a draw."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts import sessions
from app.accounts.models import Account, StaffMember
from app.appointments.draw import queries, rules, services
from app.appointments.draw.models import Entry, Release, ServiceMode
from app.appointments.draw.rules import ReleaseMode
from app.appointments.models import Booking, BookingState
from app.audit.models import AuditEntry
from app.cases.models import Case
from app.catalogue.models import Post
from app.core import clock
from app.core.actor import SYSTEM, Role
from app.core.db import db, transaction
from app.jobs import tasks as jobs
from tests.databases import counted_queries
from tests.factories import draws, people, seats
from tests.factories.draws import CLOSES, HELD, OPENS
from tests.integration.appointments.test_booking_pages import visitor_of
from tests.visitor import Visitor

SCRIPT = Path(__file__).parents[3] / "app" / "static" / "verify_draw.py"
DRAW = {
    "pool": "moscow:passports",
    "opens_on": ["1", "12", "2026"],
    "opens_at": "9:00",
    "closes_on": ["3", "12", "2026"],
    "closes_at": "18.00",
    "weighting": "waiting",
    "public_kind": "rate",
    "public_on": ["8", "12", "2026"],
    "public_source": "Rate of the US dollar, Bank of Russia",
    "first_on": ["14", "12", "2026"],
    "last_on": ["15", "12", "2026"],
}


@pytest.fixture
def hand(app: Flask) -> Iterator[time_machine.Traveller]:
    """Be the hand of the clock, on the Monday before everything."""
    with time_machine.travel(draws.NOW, tick=False) as traveller:
        yield traveller


class Stand:
    """A draw of four seats, its admin, and citizens whose papers are accepted."""

    def __init__(self, app: Flask, *, number: int = 1) -> None:
        self.app = app
        with app.app_context(), transaction():
            fair = draws.make()
            cases = [fair.case() for _ in range(number)]
            self.accounts = [case.account_id for case in cases]
            self.references = [case.reference for case in cases]
            self.case_ids = [case.id for case in cases]
            self.staff_id = people.staff([Role.ADMIN], at=people.post()).id
        self.admin, self.citizen = Visitor(app.test_client()), Visitor(app.test_client())
        self.sign_in()
        self.uid = ""

    def at(self, hand: time_machine.Traveller, moment: datetime) -> None:
        """Have it be another moment, at which admin and citizen have signed in anew."""
        hand.move_to(moment)
        self.sign_in()

    def sign_in(self) -> None:
        """Have admin and citizen be signed in."""
        with self.app.test_request_context(), transaction():
            staff = db.session.get_one(StaffMember, self.staff_id)
            citizen = db.session.get_one(Account, self.accounts[0])
            tokens = sessions.begin(staff=staff), sessions.begin(account=citizen)
        for visitor, token in zip((self.admin, self.citizen), tokens, strict=True):
            visitor.client.set_cookie("jaliya-id", token)

    @property
    def base(self) -> str:
        """Return where the first citizen sees the draw."""
        return f"/en/requests/{self.references[0]}/draw/{self.uid}"

    def announce(self, **fields: Any) -> None:
        """Have the admin make the draw."""
        self.admin.open("/en/admin/draws/new")
        self.admin.submit({**DRAW, **fields}, button="Announce the draw")
        with self.app.app_context():
            found = db.session.scalar(select(Release.uid).order_by(Release.id.desc()))
        self.uid = found or ""

    def open(self, hand: time_machine.Traveller) -> None:
        """Have the draw be announced, and come to its opening."""
        self.announce()
        self.at(hand, OPENS)
        self.work()

    def wish(
        self,
        visitor: Visitor | None = None,
        number: int = 0,
        button: str = "Register the wish",
        **fields: Any,
    ) -> None:
        """Have a citizen wish for both days."""
        who = visitor or self.citizen
        who.open(f"/en/requests/{self.references[number]}/draw/{self.uid}")
        who.submit({"days": ["2026-12-14", "2026-12-15"], **fields}, button=button)

    def work(self) -> None:
        """Have the worker do what is due."""
        with self.app.app_context():
            jobs.drain()

    def hold(self, hand: time_machine.Traveller) -> None:
        """Close the draw and have the admin hold it."""
        self.at(hand, CLOSES)
        self.work()
        self.at(hand, HELD)
        self.admin.open(f"/en/admin/draws/{self.uid}")
        self.admin.submit({"value": draws.VALUE}, button="Publish the value")
        self.admin.submit(button="Hold the draw")
        self.work()

    def entry(self) -> Entry:
        """Return the wish of the first citizen."""
        with self.app.app_context():
            release = db.session.scalars(select(Release).where(Release.uid == self.uid)).one()
            found = queries.find_entry(release.id, self.case_ids[0])
            assert found is not None
            return found


def test_a_draw_from_the_first_page_to_the_appointment(
    app: Flask, hand: time_machine.Traveller, tmp_path: Path
) -> None:
    stand = Stand(app, number=6)
    stand.announce()
    assert "The draw is announced." in stand.admin.page.text
    stand.citizen.open(f"/en/requests/{stand.references[0]}/book")
    assert "Wishes from" in stand.citizen.page.text
    assert "No time is free" in stand.citizen.page.text
    stand.at(hand, OPENS)
    stand.work()

    for number in range(6):
        stand.wish(visitor_of(app, stand.accounts[number]), number)
    stand.hold(hand)

    page = stand.admin.open(f"/en/admin/draws/{stand.uid}")
    assert "Nothing to do" in page.text
    reader = Visitor(app.test_client())
    page = reader.open(f"/en/draws/{stand.uid}")
    assert page.text.count("No wished day had room for all of the party") == 2
    answer = reader.client.get(f"/draws/{stand.uid}/draw.json")
    (tmp_path / "draw.json").write_bytes(answer.data)
    checked = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path / "draw.json")], capture_output=True, text=True
    )
    assert (checked.returncode, checked.stdout) == (0, "All is right: 6 entries.\n")

    lucky = next(n for n in range(6) if stand_state(stand, n) is BookingState.HELD)
    visitor = visitor_of(app, stand.accounts[lucky])
    page = visitor.open(f"/en/requests/{stand.references[lucky]}/book")
    assert "Accept the time that was drawn" in page.text
    visitor.submit(button="Accept this time")
    assert "The time that was drawn is your appointment" in visitor.page.text
    assert stand_state(stand, lucky) is BookingState.BOOKED


def stand_state(stand: Stand, number: int) -> BookingState | None:
    """Return the state of the newest booking of a citizen."""
    with stand.app.app_context():
        return db.session.scalar(
            select(Booking.state)
            .where(Booking.case_id == stand.case_ids[number])
            .order_by(Booking.id.desc())
        )


def test_the_request_says_what_is_to_be_done(app: Flask, hand: time_machine.Traveller) -> None:
    stand = Stand(app)
    stand.announce()
    request, found = f"/en/requests/{stand.references[0]}", []
    stand.at(hand, OPENS)
    stand.work()
    found.append(stand.citizen.open(request).text)
    stand.wish()
    found.append(stand.citizen.open(request).text)
    assert "your wish is registered" in stand.citizen.open("/en/requests").text
    stand.hold(hand)
    found.append(stand.citizen.open(request).text)

    assert "is given out by draw: take part in the next one" in found[0]
    assert "Choose an appointment" not in found[0]
    assert "Nothing until the draw: your wish is registered" in found[1]
    assert "Accept the time that was drawn" in found[2]
    assert "until Thursday 10 December 2026" in found[2]
    stand.citizen.follow("Accept it or leave it")
    assert stand.citizen.page.heading == "Draw of appointments"


def test_what_is_secret_is_not_shown_before_the_draw(
    app: Flask, hand: time_machine.Traveller
) -> None:
    stand = Stand(app)
    stand.announce()
    reader = Visitor(app.test_client())
    with app.app_context():
        release = db.session.scalars(select(Release)).one()
        secret, commitment = release.secret or "", release.commitment

    found = []
    for at in (draws.NOW, OPENS, CLOSES, HELD):
        stand.at(hand, at)
        stand.work()
        page = reader.open(f"/en/draws/{stand.uid}")
        whole = reader.client.get(f"/draws/{stand.uid}/draw.json").get_data(as_text=True)
        assert commitment in page.body.decode().replace("<wbr>", "")
        found.append(secret in page.body.decode().replace("<wbr>", "") or secret in whole)
    stand.hold(hand)
    whole = reader.client.get(f"/draws/{stand.uid}/draw.json").get_json()

    assert found == [False] * 4
    assert whole["secret"] == secret
    assert hashlib.sha256(secret.encode()).hexdigest() == whole["commitment"]


def test_the_list_that_is_published_is_the_one_that_was_hashed(
    app: Flask, hand: time_machine.Traveller
) -> None:
    stand = Stand(app)
    stand.open(hand)
    stand.wish()
    reader = app.test_client()
    assert reader.get(f"/draws/{stand.uid}/list.txt").status_code == 404

    stand.at(hand, CLOSES)
    stand.work()

    answer = reader.get(f"/draws/{stand.uid}/list.txt")
    whole = reader.get(f"/draws/{stand.uid}/draw.json").get_json()
    assert hashlib.sha256(answer.data).hexdigest() == whole["list_hash"]
    assert whole["list"] == answer.get_data(as_text=True)
    assert whole["results"] == []


def test_nobody_chooses_a_ticket_by_sending_one(app: Flask, hand: time_machine.Traveller) -> None:
    stand = Stand(app)
    stand.open(hand)

    stand.wish(ticket="7777-7777-7777", uid="7777-7777-7777")

    ticket = stand.entry().ticket
    assert rules.is_ticket(ticket)
    assert ticket != "7777-7777-7777"
    stand.wish(button="Change the wish", ticket="7777-7777-7777")
    assert stand.entry().ticket == ticket


@pytest.mark.parametrize("ticket", ["", "7K3Q-92DA-X4MP", "<script>", "x" * 5000])
def test_a_forged_ticket_is_told_and_changes_nothing(
    app: Flask, hand: time_machine.Traveller, ticket: str
) -> None:
    stand = Stand(app)
    stand.open(hand)
    stand.wish()
    stand.citizen.submit({"ticket": ticket}, button="Withdraw")
    assert "This ticket does not belong to this request." in stand.citizen.page.body.decode()
    stand.hold(hand)
    for button in ("Accept this time", "Leave it to others"):
        stand.citizen.open(stand.base)
        stand.citizen.submit({"ticket": ticket}, button=button)

        assert "This ticket does not belong to this request." in stand.citizen.page.body.decode()
    assert stand_state(stand, 0) is BookingState.HELD


def test_a_wish_is_changed_and_withdrawn(app: Flask, hand: time_machine.Traveller) -> None:
    stand = Stand(app)
    stand.open(hand)
    stand.wish()
    assert "Your wish is registered." in stand.citizen.page.body.decode()

    stand.wish(button="Change the wish", days=["2026-12-15"])
    assert stand.entry().days == ["2026-12-15"]
    stand.citizen.submit(button="Withdraw")

    assert "Your wish has been withdrawn." in stand.citizen.page.body.decode()
    assert "Register a wish" in stand.citizen.page.text


@pytest.mark.parametrize("days", [[], ["2026-12-16"], ["x"], ["2026-12-14", "1900-01-01"]])
def test_days_that_are_none_are_refused_with_a_sentence(
    app: Flask, hand: time_machine.Traveller, days: list[str]
) -> None:
    stand = Stand(app)
    stand.open(hand)

    stand.wish(days=days)

    assert stand.citizen.page.status == 422
    assert len(stand.citizen.page.errors) == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"opens_on": ["1", "1", "2026"]}, "The opening must lie ahead."),
        ({"closes_on": ["1", "1", "2027"]}, "must lie after the closing"),
        ({"closes_at": "late"}, "hours and minutes"),
        ({"public_on": ["4", "12", "2026"]}, "known on the working day before"),
        ({"public_on": ["1", "1", "0001"]}, "must lie after the closing"),
        ({"public_on": ["31", "12", "9999"]}, "must lie after the closing"),
        ({"first_on": ["31", "12", "9999"], "last_on": ["31", "12", "9999"]}, "The last day"),
        ({"opens_on": ["1", "1", "0001"]}, "The opening must lie ahead."),
        ({"closes_on": ["31", "12", "9999"]}, "two months at most"),
        ({"first_on": ["30", "2", "2026"]}, "First day of the seats"),
        ({"first_on": ["9", "12", "2026"]}, "at least 4 days"),
        ({"last_on": ["13", "12", "2036"]}, "The last day must not lie"),
        ({"last_on": ["1", "12", "2026"]}, "The last day must not lie"),
        ({"pool": "nowhere:none"}, "Choose one of the answers in the list"),
        ({"public_source": ""}, "This is needed."),
    ],
)
def test_a_draw_that_could_not_be_fair_is_refused_with_a_sentence(
    app: Flask, hand: time_machine.Traveller, fields: dict[str, Any], sentence: str
) -> None:
    stand = Stand(app)

    stand.announce(**fields)

    assert stand.admin.page.status == 422
    assert any(sentence in line for line in stand.admin.page.errors)
    assert stand.uid == ""


def test_another_way_is_asked_first_and_names_the_draws_that_stand(
    app: Flask, hand: time_machine.Traveller
) -> None:
    stand = Stand(app)
    stand.announce()
    stand.admin.open("/en/admin/draws")

    page = stand.admin.follow("To whoever comes first from now on")

    assert page.heading == "How seats are given out"
    assert "can be booked by everybody at that instant" in page.text
    assert page.root.find(f".//a[@href='/en/admin/draws/{stand.uid}']") is not None
    with app.app_context():
        assert db.session.scalars(select(ServiceMode.mode)).all() == [ReleaseMode.DRAW]


def test_counters_of_a_mission_that_is_cancelled_are_not_offered_for_a_draw(
    app: Flask, hand: time_machine.Traveller
) -> None:
    stand = Stand(app)
    with app.app_context(), transaction():
        post = db.session.scalars(select(Post)).unique().one()
        for code in ("far", "gone"):
            site = seats.make_site(post, code=code)
            seats.make_pool(post, site=code)
        seats.make_pool(post, code="other")
        site.cancelled_at = clock.now()

    page = stand.admin.open("/en/admin/draws/new")

    choices = [one.get("value") for one in page.root.iterfind(".//select[@id='pool']/option")]
    assert choices == ["", "moscow:passports", "far:passports"]


def test_each_step_of_the_admin_is_on_record(app: Flask, hand: time_machine.Traveller) -> None:
    stand = Stand(app)
    stand.admin.open("/en/admin/draws")
    for words in ("To whoever comes first from now on", "By draw from now on"):
        stand.admin.follow(words)
        stand.admin.submit(button=words)
    stand.announce()
    stand.at(hand, OPENS)
    stand.admin.open(f"/en/admin/draws/{stand.uid}")
    stand.admin.submit(button="Open now")
    stand.at(hand, CLOSES)
    stand.admin.open(f"/en/admin/draws/{stand.uid}")
    stand.admin.submit(button="Close now")
    stand.admin.submit({"value": "81,2337"}, button="Publish the value")
    assert stand.admin.page.status == 422
    stand.admin.submit({"value": "81.2337"}, button="Publish the value")
    stand.admin.submit(button="Hold the draw")

    with app.app_context():
        rows = db.session.execute(
            select(AuditEntry.action, AuditEntry.actor_kind)
            .where(AuditEntry.action.like("draw.%"), AuditEntry.actor_id.is_not(None))
            .order_by(AuditEntry.id)
        ).all()
    assert [row.action.removeprefix("draw.") for row in rows] == [
        "mode_set",
        "mode_set",
        "announced",
        "opened",
        "closed",
        "valued",
        "run",
    ]


def test_a_draw_is_called_off_until_it_is_closed(app: Flask, hand: time_machine.Traveller) -> None:
    stand = Stand(app)
    stand.announce()
    stand.admin.open(f"/en/admin/draws/{stand.uid}")
    stand.admin.submit(button="Call off")
    assert "Called off" in stand.admin.page.text

    stand.announce()
    stand.at(hand, CLOSES - timedelta(minutes=1))
    stand.admin.open(f"/en/admin/draws/{stand.uid}")
    hand.move_to(CLOSES + timedelta(minutes=1))
    stand.admin.submit(button="Call off")

    assert "This is not the next step of this draw" in stand.admin.page.body.decode()


def test_the_request_of_somebody_else_wishes_for_nothing(
    app: Flask, hand: time_machine.Traveller
) -> None:
    stand = Stand(app, number=2)
    stand.open(hand)
    stranger = visitor_of(app, stand.accounts[1])

    assert stranger.open(stand.base).status == 404
    assert stranger.open(f"/en/requests/{stand.references[1]}/draw/{'0' * 32}").status == 404


def test_a_ticket_is_found_on_the_public_page(app: Flask, hand: time_machine.Traveller) -> None:
    stand = Stand(app)
    stand.open(hand)
    stand.wish()
    ticket = stand.entry().ticket
    reader = Visitor(app.test_client())

    reader.open(f"/en/draws/{stand.uid}")
    reader.submit({"ticket": ticket.lower().replace("-", " ")}, button="Find")
    assert f"Ticket {ticket} is on the list." in reader.page.text
    reader.submit({"ticket": "7777-7777-7777"}, button="Find")
    assert "There is no such ticket in this draw." in reader.page.text


def test_the_pages_ask_as_little_with_many_wishes(app: Flask, hand: time_machine.Traveller) -> None:
    stand = Stand(app)
    stand.open(hand)
    stand.wish()
    reader, counts = Visitor(app.test_client()), []
    addresses = (f"/en/draws/{stand.uid}", "/en/draws", f"/draws/{stand.uid}/draw.json")
    for more in (0, 20):
        with app.app_context(), transaction():
            release = db.session.scalars(select(Release)).one()
            first = db.session.get_one(Case, stand.case_ids[0])
            for _ in range(more):
                draws.wish(seats.make_case(first.pinned), release)
        with counted_queries(app) as sent:
            for address in addresses:
                reader.open(address)
            stand.citizen.open(stand.base)
            stand.admin.open("/en/admin/draws")
        counts.append(len(sent))

    assert counts[0] == counts[1]


def test_a_result_page_shows_some_places_and_leads_on(
    app: Flask, hand: time_machine.Traveller
) -> None:
    stand = Stand(app)
    stand.open(hand)
    with app.app_context(), transaction():
        release = db.session.scalars(select(Release)).one()
        first = db.session.get_one(Case, stand.case_ids[0])
        for _ in range(60):
            draws.wish(seats.make_case(first.pinned), release)
    stand.hold(hand)
    reader = Visitor(app.test_client())
    for odd in ("-1", "x", "9" * 40, ""):
        assert reader.open(f"/en/draws/{stand.uid}?after={odd}").status == 200

    page = reader.open(f"/en/draws/{stand.uid}")
    assert "26." not in page.text
    reader.follow("Further places")

    assert "26." in reader.page.text
    assert "50." in reader.page.text
    assert "51." not in reader.page.text
    assert json.loads(reader.client.get(f"/draws/{stand.uid}/draw.json").data)["state"] == "drawn"


def test_the_closing_hour_counts_even_when_no_worker_runs(
    app: Flask, hand: time_machine.Traveller
) -> None:
    stand = Stand(app)
    stand.open(hand)
    stand.at(hand, CLOSES - timedelta(minutes=1))
    stand.citizen.open(stand.base)
    hand.move_to(CLOSES)

    stand.citizen.submit({"days": ["2026-12-14"]}, button="Register the wish")

    assert stand.citizen.page.status == 409
    assert "Wishes for this draw are not taken now." in stand.citizen.page.text


def test_the_counters_of_another_service_are_refused(
    app: Flask, hand: time_machine.Traveller
) -> None:
    stand = Stand(app)
    with app.app_context(), transaction():
        seats.make_pool(people.post(), code="attest")
        other = seats.make_version(people.post(), code="ATTEST", pool="attest").service
        services.set_mode(other, ReleaseMode.DRAW, actor=SYSTEM)

    stand.announce(service="PASS_RENEW", pool="moscow:attest")

    assert any("not at these counters" in line for line in stand.admin.page.errors)
