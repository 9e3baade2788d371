"""Two officers look at one case: the first, the second, and the way back."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import sessions
from app.accounts.models import Account
from app.cases import queries, queue, teams
from app.cases.models import Case
from app.cases.queue import Tab
from app.cases.rules import State, StepKind
from app.catalogue.definition.elements import Decider
from app.core import clock
from app.core.actor import Role
from app.core.db import db, new_uid, transaction
from app.core.errors import NotAllowed
from app.notifications.models import Message
from tests.databases import counted_queries
from tests.factories import cases as factory
from tests.factories import pairs, people
from tests.integration.desk.conftest import Officer, drain, name_officer, officer_at
from tests.integration.desk.test_review import verdicts
from tests.visitor import Page, Visitor, text_of, values_of


@pytest.fixture
def reference(app: Flask) -> str:
    """Name a case that waits for the first of two officers."""
    with app.app_context(), transaction():
        factory.publish(pairs.four_eyes())
        reference = factory.submitted(people.account()).reference
    drain(app)
    return reference


@pytest.fixture
def first(app: Flask) -> Officer:
    """Be the first officer."""
    officer = officer_at(app, Role.OFFICER)
    name_officer(app, officer, "Basel Al Najjar")
    return officer


@pytest.fixture
def second(app: Flask) -> Officer:
    """Be the second officer."""
    officer = officer_at(app, Role.OFFICER)
    name_officer(app, officer, "Nour Haddad")
    return officer


def opened(by: Officer, reference: str) -> Page:
    return by.visitor.open(f"/en/desk/cases/{reference}")


def take(by: Officer, reference: str) -> Page:
    opened(by, reference)
    return by.visitor.submit({}, button="Take the request")


def accept_first(app: Flask, reference: str, by: Officer) -> Page:
    """Take a case, accept all of it and send it on to the second officer."""
    take(by, reference)
    return by.visitor.submit(verdicts(app, reference, by), button="Accept the request")


def propose(reference: str, by: Officer) -> Page:
    """Take a case and propose to refuse it."""
    take(by, reference)
    by.visitor.submit({"reason": "duplicate", "note": "See JM-1"}, button="Continue")
    return by.visitor.submit({}, button="Propose the refusal")


def give_back(reference: str, by: Officer, ground: str = "Read the stamp on page 2") -> Page:
    opened(by, reference)
    by.visitor.follow("Give back to the first officer …")
    return by.visitor.submit({"ground": ground})


def case_of(reference: str, by: Officer) -> Case:
    return queries.get_case(reference, by.actor)


def step_of(app: Flask, reference: str, by: Officer) -> tuple[State, StepKind | None, int | None]:
    """Return where a case stands, and who has it."""
    with app.app_context():
        case = case_of(reference, by)
        current = next((one.kind for one in case.steps if one.state.value == "current"), None)
        return case.state, current, case.assignee_id


def citizen_of(app: Flask, reference: str, by: Officer) -> Visitor:
    """Be the citizen who filed a case."""
    with app.test_request_context(), transaction() as session:
        account = session.get_one(Account, case_of(reference, by).account_id)
        token = sessions.begin(account=account)
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    return Visitor(client)


def messages(app: Flask) -> set[str]:
    with app.app_context():
        return set(db.session.scalars(select(Message.event)))


def test_what_one_officer_accepts_waits_for_another(
    app: Flask, reference: str, first: Officer, second: Officer
) -> None:
    page = accept_first(app, reference, first)

    assert "The first check is done. A second officer looks at the request now." in page.text
    assert "It was you: another officer makes the second check." in page.text
    assert "Take the request" not in page.text and "Take over" not in page.text
    assert step_of(app, reference, first) == (State.SUBMITTED, StepKind.SECOND_REVIEW, None)
    page = take(second, reference)
    assert "First check: accepted by Basel Al Najjar" in page.text
    assert "This is the second check: what you decide counts." in page.text
    assert page.text.count("Checked by Basel Al Najjar") == 6
    page = second.visitor.submit({}, button="Accept the request")
    assert "The papers are accepted. The citizen has been told." in page.text
    assert step_of(app, reference, first)[:2] == (State.IN_PROGRESS, StepKind.APPOINTMENT)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.HEAD])
@pytest.mark.parametrize("deciders", [(), (Decider.SECOND_REVIEWER, Decider.HEAD)], ids=str)
def test_nobody_looks_twice_by_whatever_way_they_come_to_it(
    app: Flask, role: Role, deciders: tuple[Decider, ...]
) -> None:
    by = officer_at(app, role)
    with app.app_context(), transaction():
        factory.publish(pairs.four_eyes(*deciders))
        reference = factory.accepted(people.account(), by.actor).reference

    assert "Nobody waits" in _next(by).text
    opened(by, reference)
    answer = by.visitor.client.post(
        f"/en/desk/cases/{reference}/take", data=_act_form(app, reference, by)
    )
    assert answer.status_code == 403
    assert step_of(app, reference, by) == (State.SUBMITTED, StepKind.SECOND_REVIEW, None)


def _next(by: Officer) -> Page:
    by.visitor.open("/en/desk/queue")
    return by.visitor.submit({}, button="Take the next request")


def _act_form(app: Flask, reference: str, by: Officer) -> dict[str, str]:
    with app.app_context():
        version = case_of(reference, by).version
    sent = values_of(by.visitor.page.form("Show the identity numbers"))
    return sent | {"seen": str(version), "key": new_uid()}


def test_the_head_gives_it_to_somebody_else_than_the_first(
    app: Flask, reference: str, first: Officer, second: Officer
) -> None:
    accept_first(app, reference, first)
    head = officer_at(app, Role.HEAD).actor

    for to, may in ((first, False), (second, True)):
        with app.app_context(), transaction():
            case = case_of(reference, second)
            try:
                teams.assign(case, to=to.actor.id or 0, actor=head, key=new_uid())
            except NotAllowed:
                assert not may
    assert step_of(app, reference, first)[2] == second.actor.id


def test_the_second_officer_finds_it(
    app: Flask, reference: str, first: Officer, second: Officer
) -> None:
    def tabs(by: Officer) -> tuple[int, bool]:
        with app.app_context():
            today, who = clock.today("Europe/Moscow"), by.actor.id or 0
            post_id = by.actor.post_id or 0
            count = queue.counts(post_id, officer_id=who, today=today)[Tab.SECOND]
            page = queue.queue_page(post_id, tab=Tab.SECOND, officer_id=who, today=today)
            return count, reference in {case.reference for case in page.cases}

    assert "Second check" not in second.visitor.open("/en/desk/queue").text
    accept_first(app, reference, first)

    assert tabs(first) == (0, False)
    assert tabs(second) == (1, True)
    second.visitor.open("/en/desk/queue")
    assert reference in second.visitor.follow("Second check 1").text
    assert _next(second).url.endswith(f"/desk/cases/{reference}")
    assert tabs(second) == (0, False)


def test_a_group_gets_both_looks_and_each_member_one(
    app: Flask, reference: str, first: Officer, second: Officer
) -> None:
    head = officer_at(app, Role.HEAD).actor
    with app.app_context(), transaction():
        service_id = case_of(reference, first).service_id
        group = teams.add_group("Passports", actor=head)
        members = [first.actor.id or 0, second.actor.id or 0]
        teams.save_group(group.uid, "Passports", members=members, services=[service_id], actor=head)
    accept_first(app, reference, first)

    page = second.visitor.open("/en/desk/queue?tab=group")
    assert reference in page.text
    assert "Nobody waits" in _next(first).text
    assert _next(second).url.endswith(f"/desk/cases/{reference}")


def test_a_refusal_of_one_officer_is_a_proposal_to_another(
    app: Flask, reference: str, first: Officer, second: Officer
) -> None:
    page = propose(reference, first)

    assert "A second officer looks at the refusal before it counts." in page.text
    assert step_of(app, reference, first) == (State.SUBMITTED, StepKind.SECOND_REVIEW, None)
    assert "case_refused" not in messages(app)
    page = take(second, reference)
    assert "First check: Basel Al Najjar proposes to refuse the request" in page.text
    assert "Accept the request" not in page.text
    sent = values_of(page.form("Continue"))
    assert (sent["reason"], sent["note"]) == ("duplicate", "See JM-1")
    second.visitor.submit({"note": "See the request of May"}, button="Continue")
    second.visitor.submit({}, button="Refuse the request")
    assert step_of(app, reference, first)[0] is State.REFUSED
    assert "case_refused" in messages(app)
    with app.app_context():
        assert case_of(reference, first).refusal_note == "See the request of May"


def test_a_proposal_that_is_sent_twice_is_still_said_to_be_one(
    app: Flask, reference: str, first: Officer
) -> None:
    take(first, reference)
    first.visitor.submit({"reason": "duplicate"}, button="Continue")
    confirm = first.visitor.page
    first.visitor.submit({}, button="Propose the refusal")
    first.visitor.page = confirm

    page = first.visitor.submit({}, button="Propose the refusal")

    assert "A second officer looks at the refusal before it counts." in page.text
    assert "The citizen has been told." not in page.text
    assert step_of(app, reference, first)[1] is StepKind.SECOND_REVIEW


def test_what_was_proposed_to_be_refused_is_not_accepted_over_the_first_officer(
    app: Flask, reference: str, first: Officer, second: Officer
) -> None:
    propose(reference, first)
    take(second, reference)

    sent = verdicts(app, reference, second) | {"do": "accept"}
    page = second.visitor.submit(sent, button="Save")

    assert page.status == 422
    assert "give it back to them and say why" in page.errors[0]
    assert step_of(app, reference, first)[0] is State.IN_REVIEW


def test_the_second_officer_may_refuse_what_the_first_accepted(
    app: Flask, reference: str, first: Officer, second: Officer
) -> None:
    accept_first(app, reference, first)
    take(second, reference)

    second.visitor.submit({"reason": "duplicate"}, button="Continue")
    second.visitor.submit({}, button="Refuse the request")

    assert step_of(app, reference, first)[0] is State.REFUSED


@pytest.mark.parametrize("begun", ["accepted", "proposed"])
def test_it_is_given_back_into_the_hands_of_the_first_with_a_word(
    app: Flask, reference: str, first: Officer, second: Officer, begun: str
) -> None:
    if begun == "accepted":
        accept_first(app, reference, first)
    else:
        propose(reference, first)
    take(second, reference)

    page = give_back(reference, second)

    assert "The request is back with the first officer." in page.text
    state = (State.IN_REVIEW, StepKind.REVIEW, first.actor.id)
    assert step_of(app, reference, first) == state
    page = opened(first, reference)
    assert "You have it in hand" in page.text
    assert "Given back from the second check by Nour Haddad" in page.text
    assert "Read the stamp on page 2" in page.text
    assert "Given back to the first officer" in text_of(page.by_class("s-history")[0])
    assert values_of(page.form("Continue"))["reason"] == ""
    first.visitor.submit(verdicts(app, reference, first), button="Accept the request")
    page = take(second, reference)
    page = second.visitor.submit({}, button="Accept the request")
    assert step_of(app, reference, first)[0] is State.IN_PROGRESS


def test_given_back_without_a_word_it_stays(
    app: Flask, reference: str, first: Officer, second: Officer
) -> None:
    accept_first(app, reference, first)
    take(second, reference)

    page = give_back(reference, second, ground=" ")

    assert page.status == 422 and page.errors
    assert step_of(app, reference, second)[1:] == (StepKind.SECOND_REVIEW, second.actor.id)


def test_it_waits_for_anybody_while_the_first_officer_is_away(
    app: Flask, reference: str, first: Officer, second: Officer
) -> None:
    accept_first(app, reference, first)
    take(second, reference)
    head = officer_at(app, Role.HEAD).actor
    with app.app_context(), transaction():
        today = clock.today("Europe/Moscow")
        teams.note_absence(
            first.actor.id or 0,
            first_on=today,
            last_on=today + timedelta(days=3),
            deputy_id=None,
            zone="Europe/Moscow",
            actor=head,
        )

    give_back(reference, second)

    assert step_of(app, reference, second) == (State.IN_REVIEW, StepKind.REVIEW, None)
    # Whoever gave it back may do the first check now: the second is the other's then.
    accept_first(app, reference, second)
    assert "Take the request" in opened(first, reference).text
    assert "Take the request" not in opened(second, reference).text


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
def test_the_give_back_page_is_for_who_has_it_at_the_second_check(
    app: Flask, reference: str, first: Officer, second: Officer, language: str
) -> None:
    path = f"/{language}/desk/cases/{reference}/give-back"
    accept_first(app, reference, first)
    assert second.visitor.open(path).status == 409

    take(second, reference)

    page = second.visitor.open(path)
    assert (page.status, page.language) == (200, language)
    assert first.visitor.open(path).status == 409


def test_the_citizen_reads_of_both_checks_in_plain_words_and_of_no_half_decision(
    app: Flask, reference: str, first: Officer, second: Officer
) -> None:
    citizen = citizen_of(app, reference, first)

    def line() -> str:
        return text_of(citizen.open(f"/en/requests/{reference}").by_class("j-time")[0])

    assert line().count("A second officer checks the decision") == 1
    propose(reference, first)
    page = citizen.open(f"/en/requests/{reference}")
    assert "The first check is done" in page.text
    assert "refus" not in page.text.casefold() and "See JM-1" not in page.text
    take(second, reference)
    give_back(reference, second)
    assert "The papers are looked at once more, before it is decided" in line()
    opened(first, reference)
    first.visitor.submit(verdicts(app, reference, first), button="Accept the request")
    assert "All papers were accepted" not in line()
    assert "case_accepted" not in messages(app)
    take(second, reference)
    second.visitor.submit({}, button="Accept the request")
    assert "All papers were accepted" in line()
    assert "case_accepted" in messages(app)


def test_the_second_officer_may_ask_the_citizen(
    app: Flask, reference: str, first: Officer, second: Officer
) -> None:
    accept_first(app, reference, first)
    take(second, reference)

    second.visitor.submit(
        verdicts(app, reference, second, photo="background"), button="Ask the citizen"
    )

    state = (State.ACTION_NEEDED, StepKind.SECOND_REVIEW, second.actor.id)
    assert step_of(app, reference, second) == state
    assert "Take" not in _buttons(opened(first, reference))


def _buttons(page: Page) -> str:
    return " ".join(text_of(one) for one in page.root.iter("button"))


def test_a_longer_story_of_looks_asks_no_more_of_the_database(
    app: Flask, reference: str, first: Officer, second: Officer
) -> None:
    def sent() -> int:
        opened(second, reference)
        with counted_queries(app) as statements:
            opened(second, reference)
        return len(statements)

    accept_first(app, reference, first)
    few = sent()
    for _turn in range(3):
        take(second, reference)
        give_back(reference, second)
        opened(first, reference)
        first.visitor.submit(verdicts(app, reference, first), button="Accept the request")

    assert sent() == few
