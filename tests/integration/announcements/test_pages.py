"""The pages on which announcements are written, approved, watched and stopped."""

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts import sessions, step_up
from app.appointments.audiences import BOOKED_ON
from app.core import clock
from app.core.actor import Role
from app.core.db import db, transaction
from app.jobs import tasks as jobs
from app.notifications.announcements import audiences, services
from app.notifications.announcements.models import Announcement, AnnouncementState
from tests.databases import counted_queries
from tests.factories import announcements, messages, people
from tests.visitor import Visitor

ADDRESS = "/en/admin/announcements"
TYPED = {f"title-{code}": text for code, text in announcements.TITLE.items()} | {
    f"text-{code}": text for code, text in announcements.TEXT.items()
}


@pytest.fixture
def author(app: Flask) -> Visitor:
    """Be an admin of a post that has two accounts."""
    with app.app_context(), transaction():
        people.post()
        audiences.register(announcements.EVERYBODY)
        for name in ("a", "b"):
            messages.reachable(address=f"{name}@example.org")
    return people.staff_visitor(app, Role.ADMIN)


def only(app: Flask) -> Announcement:
    with app.app_context():
        return db.session.scalars(select(Announcement)).one()


def write(author: Visitor, **other: str) -> None:
    author.open(f"{ADDRESS}/new")
    author.submit(
        {"audience": "everybody", "service": "all", **TYPED, **other}, button="Save and look at it"
    )


def test_one_writes_another_approves_and_everybody_can_watch(app: Flask, author: Visitor) -> None:
    other = people.staff_visitor(app, Role.HEAD)

    write(author)
    page = author.submit(button="Ask a colleague to approve it")
    assert "somebody else approves it" in page.text
    other.open(ADDRESS)
    page = other.follow(announcements.TITLE["en"])
    assert "goes to 2 accounts" in page.text
    other.submit(button="Approve and send")
    with app.app_context():
        jobs.drain()

    assert only(app).state is AnnouncementState.SENT
    assert "2 of 2 accounts have it in their inbox." in author.open(author.page.url).text
    assert all(text in author.page.text for text in announcements.TITLE.values())


def test_what_is_wrong_is_said_and_nothing_is_lost(app: Flask, author: Visitor) -> None:
    write(author, **{"text-ru": "", "title-en": "Dear {name}"})

    assert author.page.status == 422
    assert author.page.errors == ["Please write this in this language."]
    page = author.submit({"text-ru": "Приёма не будет."}, button="Save and look at it")
    assert page.errors == ["Everybody reads the same: nothing is filled in for each reader."]
    assert announcements.TITLE["ar"] in page.body.decode()


def test_a_group_has_to_be_narrowed_down(author: Visitor) -> None:
    write(author, service="")
    assert author.page.errors == ["Service: Choose a service."]
    author.submit({"audience": "booked_on"}, button="Save and look at it")
    assert author.page.errors == ["Day of the appointments: Choose a day."]
    for far in (["31", "2", "2026"], ["31", "12", "9999"], ["1", "1", "1"]):
        author.submit({"day": far}, button="Save and look at it")
        assert len(author.page.errors) == 1


@pytest.mark.parametrize("state", [AnnouncementState.DRAFT, AnnouncementState.DROPPED])
def test_one_for_a_day_of_long_ago_is_shown_for_ever(
    app: Flask, author: Visitor, state: AnnouncementState
) -> None:
    with app.app_context(), transaction():
        audiences.register(BOOKED_ON)
        row = announcements.draft()
        row.audience, row.narrowed_to, row.state = "booked_on", "2019-11-01", state
        uid = row.uid

    pages = [
        author.open(url).status for url in (ADDRESS, f"{ADDRESS}/{uid}", f"{ADDRESS}/{uid}/edit")
    ]

    assert pages == [200, 200, 200]


def test_no_announcement_leads_its_readers_elsewhere(author: Visitor) -> None:
    write(author, **{"text-en": "Look at http://evil.example/login and type your password."})

    assert author.page.status == 422
    assert "This looks like an address." in author.page.errors[0]


def test_who_approves_has_shown_a_moment_ago_who_they_are(app: Flask, author: Visitor) -> None:
    other = people.staff_visitor(app, Role.HEAD)
    write(author)
    author.submit(button="Ask a colleague to approve it")

    with time_machine.travel(clock.now() + step_up.FRESH):
        other.open(f"{ADDRESS}/{only(app).uid}")
        page = other.submit(button="Approve and send")

    assert "and then approve it" in page.text
    assert only(app).state is AnnouncementState.PROPOSED


def test_a_draft_is_changed_by_whoever_saw_its_last_version(app: Flask, author: Visitor) -> None:
    other = people.staff_visitor(app, Role.ADMIN)
    write(author)
    uid = only(app).uid
    for visitor in (author, other):
        visitor.open(f"{ADDRESS}/{uid}/edit")
    other.submit({"title-en": "Closed on Friday"}, button="Save and look at it")

    page = author.submit({"title-en": "Open on Friday"}, button="Save and look at it")

    assert page.status == 422
    assert "changed meanwhile" in page.text and "Closed on Friday" in page.text
    assert only(app).title["en"] == "Closed on Friday"
    author.submit(button="Save and look at it")
    assert only(app).title["en"] == "Open on Friday"


def test_an_approved_one_is_stopped_on_its_page(app: Flask, author: Visitor) -> None:
    with app.app_context(), transaction():
        announcements.approved()
    author.open(f"{ADDRESS}/{only(app).uid}")
    with app.app_context(), transaction():
        while services.tell_next(only(app).uid):
            pass

    page = author.submit(button="Stop now")

    assert "It is stopped." in page.body.decode()
    assert only(app).state is AnnouncementState.STOPPED


def test_another_posts_announcement_does_not_exist(app: Flask) -> None:
    with app.test_request_context(), transaction():
        uid = announcements.draft().uid
        elsewhere = people.post("berlin", "JB")
        token = sessions.begin(staff=people.staff([Role.ADMIN], at=elsewhere))
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    stranger = Visitor(client)
    assert stranger.open(f"{ADDRESS}/{uid}").status == 404
    assert client.post(f"{ADDRESS}/{uid}/drop").status_code in (400, 404)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.RECEPTIONIST, Role.AUDITOR])
def test_others_may_not_write_to_groups(app: Flask, role: Role) -> None:
    assert people.staff_visitor(app, role).open(ADDRESS).status == 404


def test_the_list_costs_the_same_however_long_it_is(app: Flask, author: Visitor) -> None:
    def count() -> int:
        with counted_queries(app) as sent:
            assert author.open(ADDRESS).status == 200
        return len(sent)

    write(author)
    few = count()
    for number in range(3):
        write(author, **{"title-en": f"Number {number}"})

    assert count() == few
