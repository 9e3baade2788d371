"""Today, the queue and the search."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account
from app.cases import queries, queue
from app.cases import services as cases
from app.cases.models import Case
from app.cases.rules import State
from app.catalogue.models import Closure
from app.catalogue.workdays import ClosureScope
from app.core import clock
from app.core.actor import SYSTEM, Role
from app.core.db import db, new_uid, transaction
from app.desk import find_views, views
from tests.databases import counted_queries
from tests.factories import cases as factory
from tests.factories import people
from tests.integration.desk.conftest import (
    Officer,
    name_officer,
    officer_at,
)
from tests.visitor import Page, Visitor, text_of


def sent(app: Flask, number: int = 1) -> list[str]:
    """Return the references of cases that were just sent."""
    references = []
    for _ in range(number):
        with app.app_context(), transaction():
            references.append(factory.submitted(people.account()).reference)
    return references


def take(app: Flask, reference: str, by: Officer) -> None:
    """Have an officer take a case."""
    with app.app_context(), transaction():
        case = queries.get_case(reference, by.actor)
        cases.take(reference, actor=by.actor, seen=case.version, key=new_uid())


def search(visitor: Visitor, words: str) -> Page:
    """Send the search that stands in the head of every page of staff."""
    form = next(one for one in visitor.page.root.iter("form") if one.get("role") == "search")
    token = next(one.get("value") for one in form.iter("input") if one.get("name") == "csrf_token")
    answer = visitor.client.post(
        form.get("action", ""), data={"csrf_token": token, "q": words}, follow_redirects=True
    )
    page = visitor._show(answer)
    assert answer.request.method == "GET", "Back and another language would ask to send again"
    return page


def found(text: str) -> list[str]:
    """Return the references in a text, in order, each once: its box names it as well."""
    return list(dict.fromkeys(re.findall(r"JM-\w{4}-\w{4}-\w", text)))


def test_the_queue_shows_what_nobody_has(app: Flask, officer: Officer) -> None:
    mine, free = sent(app, 2)
    take(app, mine, officer)

    page = officer.visitor.open("/en/desk/queue")

    assert page.status == 200
    assert found(page.text) == [free]


@pytest.mark.parametrize(
    ("tab", "expected"), [("new", "free"), ("mine", "mine"), ("waiting", "asked"), ("all", None)]
)
def test_each_tab_shows_its_cases(
    app: Flask, officer: Officer, tab: str, expected: str | None
) -> None:
    known = dict(zip(("free", "mine"), sent(app, 2), strict=True))
    take(app, known["mine"], officer)
    with app.app_context(), transaction():
        known["asked"] = factory.asked(people.account(), factory.officer()).reference

    page = officer.visitor.open(f"/en/desk/queue?tab={tab}")

    wanted = {known[expected]} if expected else set(known.values())
    assert set(found(page.text)) == wanted


def test_the_queue_goes_on_by_key_and_repeats_nothing(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "ROWS", 2)
    references = sent(app, 5)

    page = officer.visitor.open("/en/desk/queue")
    seen = found(page.text)
    for _ in range(2):
        page = officer.visitor.follow("Next")
        seen += found(page.text)

    assert len(seen) == 5
    assert set(seen) == set(references)


def test_a_page_of_what_ended_begins_again_after_what_was_reopened(
    app: Flask, officer: Officer
) -> None:
    ended, reopened = sent(app, 2)
    with app.app_context(), transaction() as session:
        one = session.scalars(select(Case).where(Case.reference == ended)).one()
        one.state, one.ended_at = State.WITHDRAWN, clock.now()

    page = officer.visitor.open(f"/en/desk/queue?tab=ended&after={reopened}")

    assert found(page.text) == [ended]


@pytest.mark.parametrize(
    "address",
    [
        "?tab=nonsense",
        "?service=NONE",
        "?state=none",
        "?after=JM-0000-0000-0",
        "?after=x",
        "?until=9999-12-31",
        "?since=0001-01-01",
        "?until=0001-01-01",
        "?since=yesterday",
    ],
)
def test_an_address_that_means_nothing_is_no_error(
    app: Flask, officer: Officer, address: str
) -> None:
    sent(app)

    assert officer.visitor.open(f"/ar/desk/queue{address}").status in (200, 404)


def test_filters_stand_in_the_address(app: Flask, officer: Officer) -> None:
    (reference,) = sent(app)

    assert found(officer.visitor.open("/en/desk/queue?tab=all&state=ready").text) == []
    page = officer.visitor.open("/en/desk/queue?tab=all&service=PASS_RENEW&state=submitted")

    assert found(page.text) == [reference]


def test_the_next_case_is_taken_once_however_often_the_button_is_pressed(
    app: Flask, officer: Officer
) -> None:
    sent(app, 3)
    officer.visitor.open("/en/desk/queue")
    form = officer.visitor.page

    first = officer.visitor.submit({}, button="Take the next request")
    officer.visitor.page = form
    second = officer.visitor.submit({}, button="Take the next request")

    assert first.url == second.url
    assert "You have it in hand" in first.text
    with app.app_context():
        mine = queue.counts(
            officer.actor.post_id or 0,
            officer_id=officer.actor.id or 0,
            today=clock.today("Europe/Moscow"),
        )
        assert mine[queue.Tab.MINE] == 1


def test_an_empty_queue_says_so_and_the_next_button_too(officer: Officer) -> None:
    page = officer.visitor.open("/en/desk/queue")
    assert "Nothing here at the moment" in page.text

    page = officer.visitor.submit({}, button="Take the next request")

    assert page.status == 200


def test_a_reference_read_aloud_leads_to_its_case(app: Flask, officer: Officer) -> None:
    (reference,) = sent(app)
    officer.visitor.open("/en/desk")

    page = search(officer.visitor, reference.replace("-", " ").lower())

    assert page.url.endswith(f"/en/desk/cases/{reference}")


def test_a_reference_is_found_without_its_prefix(app: Flask, officer: Officer) -> None:
    (reference,) = sent(app)
    officer.visitor.open("/en/desk")

    page = search(officer.visitor, reference.removeprefix("JM-").replace("-", ""))

    assert page.url == f"/en/desk/cases/{reference}"


def test_what_was_searched_stays_in_the_box(officer: Officer) -> None:
    officer.visitor.open("/en/desk")

    page = search(officer.visitor, "nobody")

    (box,) = [one for one in page.root.iter("input") if one.get("id") == "find"]
    assert box.get("value") == "nobody"


def test_a_name_in_any_script_finds_its_cases(app: Flask, officer: Officer) -> None:
    (reference,) = sent(app)

    for words in ("ليان", "layan", "LAY"):
        officer.visitor.open("/en/desk")
        page = search(officer.visitor, words)
        assert found(page.text) == [reference], words
        assert words not in page.url


@pytest.mark.parametrize("words", ["", "nobody of this name", "ا" * 5000, "\x00", "%_'\"<b>"])
def test_a_search_that_finds_nothing_is_no_error(app: Flask, officer: Officer, words: str) -> None:
    sent(app)
    officer.visitor.open("/ar/desk")

    page = search(officer.visitor, words)

    assert page.status in (200, 400)
    assert found(page.text) == []


def test_cases_of_another_post_are_neither_listed_nor_found(app: Flask) -> None:
    (reference,) = sent(app)
    stranger = officer_at(app, Role.OFFICER, post="kazan", prefix="JK")

    assert found(stranger.visitor.open("/en/desk/queue?tab=all").text) == []
    for words in (reference, "ليان"):
        stranger.visitor.open("/en/desk")
        assert "Nothing was found" in search(stranger.visitor, words).text


def test_today_shows_my_cases_and_what_is_late(app: Flask, officer: Officer) -> None:
    mine, _other = sent(app, 2)
    take(app, mine, officer)

    page = officer.visitor.open("/en/desk")

    assert found(page.text) == [mine]
    assert "Nothing is late." in page.text


def test_the_queue_names_who_has_a_case(app: Flask, officer: Officer) -> None:
    (reference,) = sent(app)
    take(app, reference, officer)
    name_officer(app, officer, "Basel Al Najjar")

    assert (
        "Basel Al Najjar" in officer_at(app, Role.HEAD).visitor.open("/en/desk/queue?tab=all").text
    )


@pytest.mark.parametrize("path", ["/desk", "/desk/queue?tab=all"])
def test_a_longer_queue_asks_no_more_of_the_database(
    app: Flask, officer: Officer, path: str
) -> None:
    def count() -> int:
        officer.visitor.open(f"/en{path}")
        with counted_queries(app) as queries_sent:
            assert officer.visitor.open(f"/en{path}").status == 200
        return len(queries_sent)

    for reference in sent(app, 3):
        take(app, reference, officer)
    few = count()
    for reference in sent(app, 9):
        take(app, reference, officer)

    assert count() == few


def test_a_case_left_alone_is_nobodys_and_says_whose_it_was(app: Flask, officer: Officer) -> None:
    (reference,) = sent(app)
    take(app, reference, officer)
    name_officer(app, officer, "Basel Al Najjar")
    held = officer.visitor.open("/en/desk/queue?tab=mine")
    assert "was in hand" not in held.text and "Basel Al Najjar" in held.text

    with app.app_context(), transaction():
        case = queries.get_case(reference, officer.actor)
        case.lease_until = clock.now() - timedelta(minutes=1)

    for tab, name in (("new", "Unassigned"), ("mine", "Mine")):
        page = officer.visitor.open(f"/en/desk/queue?tab={tab}")
        assert found(page.text) == [reference]
        assert "was in hand: Basel Al Najjar" in page.text
        current = [one for one in page.root.iter("a") if one.get("aria-current") == "page"]
        assert f"{name} 1" in [text_of(one) for one in current]


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.ADMIN, Role.AUDITOR])
def test_only_officers_see_the_queue(app: Flask, role: Role) -> None:
    somebody = officer_at(app, role)

    assert somebody.visitor.open("/ar/desk").status == 200
    assert somebody.visitor.open("/ar/desk/queue").status == 404


def test_the_search_is_repeated_in_another_language(app: Flask, officer: Officer) -> None:
    (reference,) = sent(app)
    officer.visitor.open("/en/desk")
    search(officer.visitor, "layan")

    page = officer.visitor.open("/ru/desk/find")

    assert found(page.text) == [reference]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "Type a request number, a name, a phone or the number of a paper."),
        ("JM-7K3Q-92DA-0", "This number has a slip: its last character does not fit the others."),
        ("7K3Q-92DA-0", "This number has a slip: its last character does not fit the others."),
        ("Maher Kattan", "A name is found by its first letters"),
        ("nobody", "A name is found by its first letters"),
    ],
)
def test_a_search_in_vain_says_what_to_try(
    app: Flask, officer: Officer, words: str, said: str
) -> None:
    officer.visitor.open("/en/desk")

    assert said in search(officer.visitor, words).text


def with_a_slip(reference: str) -> str:
    """Return a reference whose last character is another one."""
    return reference[:-1] + ("A" if reference[-1] != "A" else "C")


@pytest.mark.parametrize("with_prefix", [True, False])
def test_a_number_with_a_wrong_last_character_leads_to_the_request_that_was_meant(
    app: Flask, officer: Officer, with_prefix: bool
) -> None:
    reference, _other = sent(app, 2)
    typed = with_a_slip(reference)
    officer.visitor.open("/en/desk")

    page = search(officer.visitor, typed if with_prefix else typed.removeprefix("JM-"))

    assert "This number has a slip" in page.text
    assert page.link(reference) == f"/en/desk/cases/{reference}"


def test_a_number_with_a_slip_names_no_request_of_another_post(app: Flask) -> None:
    (reference,) = sent(app)
    stranger = officer_at(app, Role.OFFICER, post="kazan", prefix="JK")
    stranger.visitor.open("/en/desk")

    page = search(stranger.visitor, with_a_slip(reference))

    assert "This number has a slip" in page.text
    assert reference not in page.text


def test_the_number_of_a_passport_finds_its_case(app: Flask, officer: Officer) -> None:
    (reference,) = sent(app)
    with app.app_context():
        number = (queries.get_case(reference, officer.actor).person.details or {})[
            "national_number"
        ]
    officer.visitor.open("/en/desk")

    assert found(search(officer.visitor, number).text) == [reference]


def test_namesakes_elsewhere_hide_nobody(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (reference,) = sent(app)
    with app.app_context(), transaction():
        account = people.account()
        for _ in range(60):
            factory.person(account)
    officer.visitor.open("/en/desk")

    assert found(search(officer.visitor, "layan").text) == [reference]


def test_a_search_that_finds_too_many_says_so(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find_views, "ROWS", 1)
    sent(app, 2)
    officer.visitor.open("/en/desk")

    page = search(officer.visitor, "layan")

    assert len(found(page.text)) == 1
    assert "There are more." in page.text


def abandoned(app: Flask, reference: str) -> None:
    """Let the half hour of an officer run out."""
    with app.app_context(), transaction():
        case = queries.get_case(reference, SYSTEM)
        case.lease_until = clock.now() - timedelta(seconds=1)


def test_a_case_left_alone_comes_back_to_the_queue(app: Flask, officer: Officer) -> None:
    (reference,) = sent(app)
    take(app, reference, officer_at(app, Role.OFFICER))
    assert found(officer.visitor.open("/en/desk/queue").text) == []
    abandoned(app, reference)

    page = officer.visitor.open("/en/desk/queue")
    assert found(page.text) == [reference]

    page = officer.visitor.submit({}, button="Take the next request")
    assert page.url.endswith(f"/desk/cases/{reference}")
    assert "You have it in hand" in page.text


def test_what_ended_last_stands_first(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "ROWS", 2)
    references = sent(app, 3)
    for day, reference in enumerate(references):
        with app.app_context(), transaction():
            case = queries.get_case(reference, officer.actor)
            account = db.session.get_one(Account, case.account_id)
            cases.withdraw(
                reference, actor=factory.citizen(account), seen=case.version, key=new_uid()
            ).ended_at = clock.now() + timedelta(days=day)

    page = officer.visitor.open("/en/desk/queue?tab=ended")

    assert found(page.text) == references[:0:-1]
    assert found(officer.visitor.follow("Next").text) == references[:1]


@pytest.mark.parametrize(
    ("due_on", "said"),
    [
        (date(2026, 11, 23), "Overdue by 1 working day"),
        (date(2026, 11, 18), "Overdue by 3 working days"),
        (date(2026, 11, 24), "Due today"),
        (date(2026, 11, 30), "Until 30 November"),
    ],
)
def test_list_and_page_count_the_same_working_days(
    app: Flask, officer: Officer, due_on: date, said: str
) -> None:
    """The 20th is closed, the 21st and 22nd are a weekend."""
    (reference,) = sent(app)
    with app.app_context(), transaction() as session:
        case = queries.get_case(reference, officer.actor)
        case.due_on = due_on
        closed = {"first_on": date(2026, 11, 20), "last_on": date(2026, 11, 20)}
        scope = ClosureScope.ALL
        session.add(Closure(post_id=case.post_id, scope=scope, title={"en": "Closed"}, **closed))

    with clock.pretend(datetime(2026, 11, 24, 9, 0, tzinfo=UTC)):
        assert said in officer.visitor.open("/en/desk/queue?tab=all").text
        assert said in officer.visitor.open(f"/en/desk/cases/{reference}").text


def test_on_the_weekend_after_its_day_a_case_was_due(app: Flask, officer: Officer) -> None:
    (reference,) = sent(app)
    with app.app_context(), transaction():
        queries.get_case(reference, officer.actor).due_on = date(2026, 11, 20)

    with clock.pretend(datetime(2026, 11, 21, 9, 0, tzinfo=UTC)):
        assert "Was due on 20 November" in officer.visitor.open("/en/desk/queue?tab=late").text


def test_more_late_cases_ask_no_more(app: Flask, officer: Officer) -> None:
    def late(number: int) -> int:
        for reference in sent(app, number):
            with app.app_context(), transaction():
                queries.get_case(reference, officer.actor).due_on = date(2020, 1, 10)
        with counted_queries(app) as statements:
            officer.visitor.open("/en/desk/queue?tab=late")
        return len(statements)

    late(1)
    assert late(1) == late(6)
