"""One action on many requests: each has its own result, and a worker that dies loses nothing."""

from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask

from app.accounts.models import StaffMember
from app.cases import bulk, queries
from app.cases import services as cases
from app.cases.bulk_models import BulkAction, BulkRun, Outcome
from app.cases.models import Case
from app.cases.rules import Action, State
from app.core import clock
from app.core.actor import Actor, Role
from app.core.db import db, transaction
from app.core.errors import Invalid
from app.jobs import rules as job_rules
from app.jobs import tasks
from tests.factories import cases as factory
from tests.factories import crowd, people
from tests.integration.desk.conftest import Officer, drain, name_officer, officer_at
from tests.integration.desk.test_queue import found, sent, take
from tests.integration.desk.test_team import away

UNTIL = (clock.today("Europe/Moscow") + timedelta(days=9)).isoformat()


def uid_of(app: Flask, officer: Officer) -> str:
    with app.app_context():
        return db.session.get_one(StaffMember, officer.actor.id).uid


def begin(
    app: Flask, action: BulkAction, references: list[str], by: Actor, **arguments: object
) -> str:
    with app.app_context(), transaction():
        return bulk.begin(action, references, arguments, actor=by).uid


def outcomes(app: Flask, uid: str, by: Actor) -> dict[str, Outcome | None]:
    with app.app_context():
        return dict(bulk.progress_of(bulk.get_run(uid, by)).results)


def case_of(app: Flask, reference: str, by: Actor) -> Case:
    with app.app_context():
        case = queries.get_case(reference, by)
        db.session.expunge_all()
        return case


def test_the_head_assigns_what_is_ticked(app: Flask, officer: Officer) -> None:
    ticked, left = sent(app, 2)
    head = officer_at(app, Role.HEAD)
    head.visitor.open("/en/desk/queue")

    head.visitor.submit({"case": ticked}, button="Do something with them")
    page = head.visitor.submit({"officer": uid_of(app, officer)}, button="Assign")
    assert "0 of 1 handled so far." in page.text
    drain(app)
    page = head.visitor.open(page.url)

    assert "Ended: done for 1 of 1." in page.text
    assert "Officer" in page.text and "Layan" in page.text
    assert found(officer.visitor.open("/en/desk/queue?tab=mine").text) == [ticked]
    assert found(officer.visitor.open("/en/desk/queue").text) == [left]
    assert case_of(app, ticked, head.actor).assignee_id == officer.actor.id
    name_officer(app, officer, "Rana")
    name_officer(app, head, "Maher")
    history = head.visitor.open(f"/en/desk/cases/{ticked}").text
    assert "Assigned to Rana (by Maher)" in " ".join(history.split())


def test_all_of_a_list_is_done_in_parts(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 4)
    with app.app_context(), transaction():
        crowd.clone(factory.submitted(people.account()), 29)
    officer.visitor.open("/en/desk/queue")

    officer.visitor.submit({"scope": "list"}, button="Do something with them")
    assert "30 selected requests" in officer.visitor.page.heading
    page = officer.visitor.submit({"officer": uid_of(app, officer)}, button="Assign")
    drain(app)

    assert "Ended: done for 30 of 30." in officer.visitor.open(page.url).text


def test_the_same_paper_is_asked_of_many_and_each_has_its_result(
    app: Flask, officer: Officer
) -> None:
    free, mine, theirs = sent(app, 3)
    take(app, mine, officer)
    take(app, theirs, officer_at(app, Role.OFFICER))
    with app.app_context(), transaction():
        ended = factory.asked(people.account(), officer.actor).reference

    uid = begin(
        app,
        BulkAction.ASK,
        [free, mine, theirs, ended],
        officer.actor,
        paper="photo",
        reason="unreadable",
        until_on=UNTIL,
    )
    drain(app)

    assert outcomes(app, uid, officer.actor) == {
        free: Outcome.DONE,
        mine: Outcome.DONE,
        theirs: Outcome.HELD,
        ended: Outcome.NOT_NOW,
    }
    assert case_of(app, free, officer.actor).state is State.ACTION_NEEDED
    assert case_of(app, theirs, officer.actor).state is State.IN_REVIEW
    page = officer.visitor.open(f"/en/desk/bulk/{uid}")
    assert found(page.text)[-2:] == [free, mine]
    for words in ("A recent photo: The picture or copy", "With the citizen", "Layan"):
        assert words in page.text


def test_a_question_to_many_has_the_usual_day_and_names_what_lacks(
    app: Flask, officer: Officer
) -> None:
    (ticked,) = sent(app)
    officer.visitor.open("/en/desk/queue")
    page = officer.visitor.submit({"case": ticked}, button="Do something with them")
    usual = (clock.today("Europe/Moscow") + timedelta(days=7)).isoformat()
    days = [one.get("value") for one in page.root.iter("input") if one.get("name") == "until_on"]
    assert days == [usual]
    assert "(1 request has it)" in page.text

    page = officer.visitor.submit(button="Ask the citizens")
    assert page.link("Choose a paper with a reason.") == "#paper" and len(page.errors) == 1
    chosen = {"paper": "photo/unreadable"}
    page = officer.visitor.submit(chosen | {"until_on": ""}, button="Ask the citizens")
    assert page.link("Choose the last day.") == "#until_on" and len(page.errors) == 1
    page = officer.visitor.submit(chosen | {"until_on": "x"}, button="Ask the citizens")
    assert page.link("This is not a day. Choose it once more.") == "#until_on"
    page = officer.visitor.submit(chosen | {"until_on": usual}, button="Ask the citizens")
    assert "0 of 1 handled so far." in page.text


def test_a_paper_that_a_request_lacks_is_said(app: Flask, officer: Officer) -> None:
    (reference,) = sent(app)
    asked = {"paper": "no_such", "reason": "unreadable", "until_on": UNTIL}

    uid = begin(app, BulkAction.ASK, [reference], officer.actor, **asked)
    drain(app)

    assert outcomes(app, uid, officer.actor) == {reference: Outcome.UNFIT}
    assert case_of(app, reference, officer.actor).assignee_id is None


def test_only_what_is_checked_moves_on(app: Flask, officer: Officer) -> None:
    (unchecked,) = sent(app)
    take(app, unchecked, officer)
    with app.app_context(), transaction():
        checked = factory.taken(people.account(), officer.actor)
        items = {
            one.uid: cases.ItemDecision(verdict=cases.Verdict.ACCEPTED)
            for one in checked.items
            if one.state.value == "received"
        }
        name = checked.reference
        cases.decide_items(name, items, actor=officer.actor, seen=checked.version, key="k")

    uid = begin(app, BulkAction.MOVE_ON, [unchecked, name], officer.actor)
    drain(app)

    assert outcomes(app, uid, officer.actor) == {unchecked: Outcome.NOT_NOW, name: Outcome.DONE}
    assert case_of(app, name, officer.actor).state is State.IN_PROGRESS


def test_nobody_but_the_head_gives_cases_to_others(app: Flask, officer: Officer) -> None:
    (reference,) = sent(app)
    other = officer_at(app, Role.OFFICER)

    uid = begin(app, BulkAction.ASSIGN, [reference], officer.actor, staff=other.actor.id)
    drain(app)

    assert outcomes(app, uid, officer.actor) == {reference: Outcome.NOT_ALLOWED}


def test_nothing_is_given_to_who_is_away(app: Flask, officer: Officer) -> None:
    (reference,) = sent(app)
    away(app, officer)

    uid = begin(app, BulkAction.ASSIGN, [reference], officer.actor, staff=officer.actor.id)
    drain(app)

    assert outcomes(app, uid, officer.actor) == {reference: Outcome.REFUSED}


def test_a_worker_that_dies_half_way_is_followed_by_another(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    references = sent(app, 5)
    uid = begin(app, BulkAction.ASSIGN, references, officer.actor, staff=officer.actor.id)
    attempt, turns = bulk._attempt, iter(range(9))

    def dying(run: BulkRun, case_id: int) -> Outcome:
        outcome = attempt(run, case_id)
        if next(turns) == 2:
            raise SystemExit  # as a kill does, after the work and before its commit
        return outcome

    monkeypatch.setattr(bulk, "_attempt", dying)
    with app.app_context(), pytest.raises(SystemExit):
        tasks.drain()
    half = outcomes(app, uid, officer.actor)
    monkeypatch.undo()
    with clock.pretend(clock.now() + job_rules.LEASE * 2):
        drain(app)

    assert Counter(half.values()) == {Outcome.DONE: 2, None: 3}
    assert set(outcomes(app, uid, officer.actor).values()) == {Outcome.DONE}
    with app.app_context():
        for reference in references:
            case = queries.get_case(reference, officer.actor)
            taken = [e for e in queries.list_events(case.id) if e.action is Action.TAKEN]
            assert len(taken) == 1


def test_a_form_that_is_not_filled_in_says_so(app: Flask, officer: Officer) -> None:
    sent(app)
    officer.visitor.open("/en/desk/queue")
    page = officer.visitor.submit({}, button="Do something with them")
    assert "Choose at least one request." in page.text

    officer.visitor.submit({"scope": "list"}, button="Do something with them")
    page = officer.visitor.submit({"until_on": UNTIL}, button="Ask the citizens")
    assert page.link("Choose a paper with a reason.") == "#paper"
    page = officer.visitor.submit(
        {"paper": "photo/unreadable", "until_on": "2020-01-01"}, button="Ask the citizens"
    )
    assert page.link("The day is to be after today, within half a year.") == "#until_on"
    page = officer.visitor.submit({}, button="Assign")
    assert page.link("Choose to whom the requests are assigned.") == "#officer"


def test_cases_of_another_post_are_left_alone(app: Flask) -> None:
    (reference,) = sent(app)
    stranger = officer_at(app, Role.HEAD, post="kazan", prefix="JK")
    stranger.visitor.open("/en/desk/queue?tab=all")

    with app.app_context(), pytest.raises(Invalid), transaction():
        bulk.begin(BulkAction.MOVE_ON, [reference], {}, actor=stranger.actor)


def test_a_run_is_seen_by_who_began_it_and_the_head(app: Flask, officer: Officer) -> None:
    uid = begin(app, BulkAction.MOVE_ON, sent(app), officer.actor)

    seen = [
        officer_at(app, role).visitor.open(f"/en/desk/bulk/{uid}").status
        for role in (Role.OFFICER, Role.HEAD)
    ]

    assert officer.visitor.open(f"/en/desk/bulk/{uid}").status == 200
    assert seen == [404, 200]
