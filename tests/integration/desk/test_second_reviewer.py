"""A second reviewer: second checks, reading besides, and nothing else that an officer does."""

import re

import pytest
from flask import Flask

from app.cases import queries, queue
from app.cases import services as cases
from app.cases.rules import State, StepKind
from app.catalogue.definition.elements import Decider
from app.core.actor import Role
from app.core.db import new_uid, transaction
from app.core.errors import NotAllowed
from tests.factories import cases as factory
from tests.factories import pairs, people
from tests.integration.desk.conftest import Officer, drain, officer_at
from tests.integration.desk.test_second import (
    accept_first,
    case_of,
    give_back,
    opened,
    propose,
    step_of,
    take,
)
from tests.integration.desk.test_second import reference as reference


@pytest.fixture
def first(app: Flask) -> Officer:
    """Be the officer who looks first."""
    return officer_at(app, Role.OFFICER)


@pytest.fixture
def reviewer(app: Flask) -> Officer:
    """Be a second reviewer of the post."""
    return officer_at(app, Role.SECOND_REVIEWER)


def test_the_queue_opens_at_what_waits_for_a_second_check(
    app: Flask, reference: str, first: Officer, reviewer: Officer
) -> None:
    assert reference not in reviewer.visitor.open("/en/desk/queue").text

    accept_first(app, reference, first)

    page = reviewer.visitor.open("/en/desk/queue")
    assert reference in page.text
    assert "Export this list" not in page.text and "Selected requests" not in page.text
    assert reference in reviewer.visitor.open("/en/desk").text


def test_the_next_one_is_a_second_check_and_its_decision_counts(
    app: Flask, reference: str, first: Officer, reviewer: Officer
) -> None:
    with app.app_context(), transaction():
        assert cases.take_next(reviewer.actor.post_id or 0, actor=reviewer.actor, key="1") is None
    accept_first(app, reference, first)

    reviewer.visitor.open("/en/desk")
    page = reviewer.visitor.submit({}, button="Take the next request")
    assert "Ask the citizen" not in page.text
    reviewer.visitor.submit({}, button="Accept the request")

    assert step_of(app, reference, first)[0] is State.IN_PROGRESS


def test_a_proposed_refusal_is_made_or_given_back(
    app: Flask, reference: str, first: Officer, reviewer: Officer
) -> None:
    propose(reference, first)
    take(reviewer, reference)
    give_back(reference, reviewer)
    assert step_of(app, reference, first)[1:] == (StepKind.REVIEW, first.actor.id)

    opened(first, reference)
    first.visitor.submit({"reason": "duplicate", "note": ""}, button="Continue")
    first.visitor.submit({}, button="Propose the refusal")
    take(reviewer, reference)
    reviewer.visitor.submit({"reason": "duplicate", "note": ""}, button="Continue")
    reviewer.visitor.submit({}, button="Refuse the request")

    assert step_of(app, reference, first)[0] is State.REFUSED


def test_a_first_look_is_read_and_not_taken(app: Flask, reference: str, reviewer: Officer) -> None:
    page = opened(reviewer, reference)
    assert "Take the request" not in page.text

    with app.app_context(), transaction(), pytest.raises(NotAllowed):
        seen = case_of(reference, reviewer).version
        cases.take(reference, actor=reviewer.actor, seen=seen, key=new_uid())


def test_every_link_and_button_of_their_pages_is_theirs(
    app: Flask, reference: str, first: Officer, reviewer: Officer
) -> None:
    accept_first(app, reference, first)
    take(reviewer, reference)

    for path in (
        "/en/desk",
        "/en/desk/queue",
        f"/en/desk/cases/{reference}",
        f"/en/desk/cases/{reference}/told",
        "/en/desk/account",
    ):
        body = reviewer.visitor.open(path).body.decode()
        for link in set(re.findall(r'(?:href|action)="(/en/desk[^"#]*)', body)):
            assert _is_open(reviewer, link.replace("&amp;", "&")), (path, link)


def _is_open(by: Officer, link: str) -> bool:
    """Return whether a page is open to somebody, or its address takes their form."""
    answer = by.visitor.client.get(link)
    if answer.status_code == 405:
        answer = by.visitor.client.post(link, data={})
    return answer.status_code != 404


@pytest.mark.parametrize(
    "path",
    [
        "messages",
        "notes",
        "opinions",
        "originals",
        "export",
        "hand-over",
        "receipt",
        "person",
        "waive",
        "transfer",
        "reopen",
    ],
)
def test_what_officers_do_besides_is_not_there(
    reference: str, reviewer: Officer, path: str
) -> None:
    answer = reviewer.visitor.client.get(f"/en/desk/cases/{reference}/{path}")

    assert answer.status_code == 404


@pytest.mark.parametrize("lane", ["messages", "notes"])
def test_what_was_said_is_read_of_the_case_in_hand_alone_and_nothing_is_written(
    app: Flask, reference: str, first: Officer, reviewer: Officer, lane: str
) -> None:
    client, url = reviewer.visitor.client, f"/en/desk/cases/{reference}/{lane}"
    accept_first(app, reference, first)
    assert client.get(url).status_code == 404
    assert lane not in lanes_of(reviewer, reference)

    take(reviewer, reference)

    assert "You read this for the second check." in reviewer.visitor.open(url).text
    assert lane in lanes_of(reviewer, reference)
    assert client.post(url, data={"text": "x"}).status_code in {400, 404}
    assert client.get(f"{url[: -len(lane)]}opinions").status_code == 404


def lanes_of(reviewer: Officer, reference: str) -> str:
    """Return where links on the page of a case lead."""
    body = reviewer.visitor.open(f"/en/desk/cases/{reference}").body.decode()
    return " ".join(re.findall(rf'href="/en/desk/cases/{reference}/([a-z]+)"', body))


def test_where_the_service_names_the_second_reviewer_officers_leave_it_to_them(
    app: Flask, first: Officer, reviewer: Officer
) -> None:
    other = officer_at(app, Role.OFFICER)
    with app.app_context(), transaction():
        factory.publish(pairs.four_eyes(Decider.SECOND_REVIEWER))
        reference = factory.submitted(people.account()).reference
    drain(app)
    accept_first(app, reference, first)

    with app.app_context(), transaction():
        post_id = other.actor.post_id or 0
        assert queue.lock_next(post_id, actor=other.actor) is None
        assert queue.lock_next(post_id, actor=reviewer.actor) == case_of(reference, other).id
    take(other, reference)
    page = opened(other, reference)
    assert "This step is decided by: Second reviewer." in page.text
    assert "Accept the request" not in page.text


def test_without_a_second_reviewer_another_officer_is_the_second(
    app: Flask, first: Officer
) -> None:
    other = officer_at(app, Role.OFFICER)
    with app.app_context(), transaction():
        factory.publish(pairs.four_eyes(Decider.SECOND_REVIEWER))
        reference = factory.submitted(people.account()).reference
    drain(app)
    accept_first(app, reference, first)

    take(other, reference)
    other.visitor.submit({}, button="Accept the request")

    assert step_of(app, reference, first)[0] is State.IN_PROGRESS


def test_what_a_second_reviewer_did_is_noted_under_that_role(
    app: Flask, reference: str, first: Officer, reviewer: Officer
) -> None:
    accept_first(app, reference, first)
    take(reviewer, reference)

    with app.app_context():
        last = queries.list_events(case_of(reference, first).id)[-1]
        assert last.actor_role is Role.SECOND_REVIEWER
