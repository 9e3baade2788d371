"""Groups, routing, absences and how much everybody has."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import StaffMember
from app.cases import queries, teams
from app.cases import services as cases
from app.cases.rules import Action, State
from app.cases.team_models import Absence, StaffGroup
from app.catalogue.models import Service
from app.core import clock
from app.core.actor import Actor, Role
from app.core.db import db, new_uid, transaction
from app.core.errors import Invalid
from app.desk import views
from app.jobs import tasks
from app.jobs.models import JobState
from tests.databases import counted_queries
from tests.factories import cases as factory
from tests.factories import crowd, people
from tests.factories.jobs import find_job
from tests.integration.desk.conftest import Officer, drain, name_officer, officer_at
from tests.integration.desk.test_queue import found, sent, take

TODAY = clock.today("Europe/Moscow")


def route(app: Flask, *members: Officer) -> None:
    """Have the passport renewals go to a group of these officers."""
    with app.app_context(), transaction():
        actor = factory.officer(role=Role.HEAD)
        group = teams.add_group("Паспорта", actor=actor)
        service = _renewals()
        keys = [one.actor.id or 0 for one in members]
        teams.save_group(group.uid, "Паспорта", members=keys, services=[service], actor=actor)


def _renewals() -> int:
    return db.session.scalars(select(Service.id).where(Service.code == "PASS_RENEW")).one()


def next_of(app: Flask, officer: Officer) -> str | None:
    with app.app_context(), transaction():
        case = cases.take_next(officer.actor.post_id or 0, actor=officer.actor, key=new_uid())
        return case.reference if case else None


def away(app: Flask, officer: Officer, *, deputy: Officer | None = None, days: int = 0) -> str:
    """Note that somebody is away from a day on; return the uid of the absence."""
    with app.app_context(), transaction():
        head = factory.officer(role=Role.HEAD)
        return teams.note_absence(
            officer.actor.id or 0,
            first_on=TODAY + timedelta(days=days),
            last_on=TODAY + timedelta(days=days + 7),
            deputy_id=deputy.actor.id if deputy else None,
            zone="Europe/Moscow",
            actor=head,
        ).uid


def test_the_cases_of_a_group_stand_in_its_tab(app: Flask, officer: Officer) -> None:
    (reference,) = sent(app)
    other = officer_at(app, Role.OFFICER)
    route(app, officer)

    seen = [found(one.visitor.open("/en/desk/queue?tab=group").text) for one in (officer, other)]

    assert seen == [[reference], []]


def test_whoever_has_none_of_their_own_helps_the_others(app: Flask, officer: Officer) -> None:
    routed = sent(app, 2)
    other = officer_at(app, Role.OFFICER)
    route(app, officer)

    assert {next_of(app, officer), next_of(app, other)} == set(routed)
    assert next_of(app, officer) is None


def test_what_waits_for_everybody_comes_before_what_goes_to_another_group(
    app: Flask, officer: Officer
) -> None:
    early, late = sent(app, 2)
    other = officer_at(app, Role.OFFICER)
    with app.app_context(), transaction():
        case = queries.get_case(late, officer.actor)
        case.offered_id = other.actor.id
        case.due_on = (case.due_on or TODAY) + timedelta(days=9)

    assert [next_of(app, other), next_of(app, officer)] == [late, early]


def test_what_goes_to_another_group_is_left_to_it(app: Flask, officer: Officer) -> None:
    early, late = sent(app, 2)
    other = officer_at(app, Role.OFFICER)
    route(app, officer)
    with app.app_context(), transaction():
        case = queries.get_case(late, officer.actor)
        case.service_id = _another_service()
        case.due_on = (case.due_on or TODAY) + timedelta(days=9)

    assert next_of(app, other) == late
    assert next_of(app, other) == early


def _another_service() -> int:
    factory.publish(factory.definition("resid"))
    return db.session.scalars(select(Service.id).where(Service.code == "RESID")).one()


def test_what_was_offered_besides_stands_in_the_tab_once(app: Flask, officer: Officer) -> None:
    offered, routed, elsewhere = sent(app, 3)
    route(app, officer)
    with app.app_context(), transaction():
        queries.get_case(offered, officer.actor).offered_id = officer.actor.id
        queries.get_case(elsewhere, officer.actor).service_id = _another_service()

    page = officer.visitor.open("/en/desk/queue?tab=group")

    assert sorted(found(page.text)) == sorted([offered, routed])
    assert "Of my group 2" in page.text


def test_the_tab_of_a_group_goes_on_by_key_in_the_order_of_its_days(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "ROWS", 2)
    references = sent(app, 5)
    route(app, officer)
    with app.app_context(), transaction():
        other = _another_service()
        teams.save_group(
            db.session.scalars(select(StaffGroup.uid)).one(),
            "Паспорта",
            members=[officer.actor.id or 0],
            services=[_renewals(), other],
            actor=factory.officer(role=Role.HEAD),
        )
        for day, reference in enumerate(references):
            case = queries.get_case(reference, officer.actor)
            case.due_on = TODAY + timedelta(days=day)
            case.service_id = other if day % 2 else case.service_id

    seen = found(officer.visitor.open("/en/desk/queue?tab=group").text)
    for _ in range(2):
        seen += found(officer.visitor.follow("Next").text)

    assert seen == references


def test_a_longer_tab_of_a_group_asks_no_more(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "ROWS", 300)
    (reference,) = sent(app)
    route(app, officer)

    def cost(rows: int) -> int:
        officer.visitor.open("/en/desk/queue?tab=group")
        with counted_queries(app) as statements:
            page = officer.visitor.open("/en/desk/queue?tab=group")
        assert len(found(page.text)) == rows
        return len(statements)

    few = cost(1)
    with app.app_context(), transaction():
        crowd.clone(queries.get_case(reference, officer.actor), 299)

    assert cost(300) == few


def test_an_absence_gives_the_cases_back_with_a_trace(app: Flask, officer: Officer) -> None:
    reference, _free = sent(app, 2)
    take(app, reference, officer)
    with app.app_context(), transaction():
        asked = factory.asked(people.account(), officer.actor).reference
    deputy = officer_at(app, Role.OFFICER)

    away(app, officer, deputy=deputy)
    drain(app)

    with app.app_context():
        for name, state in ((reference, State.SUBMITTED), (asked, State.ACTION_NEEDED)):
            case = queries.get_case(name, deputy.actor)
            assert (case.state, case.assignee_id) == (state, None)
            last = queries.list_events(case.id)[-1]
            assert last.action is Action.RELEASED
            assert last.details["over"] == officer.actor.id
            assert case.offered_id == deputy.actor.id
    assert "Back in the queue: its officer is away" in (
        deputy.visitor.open(f"/en/desk/cases/{reference}").text
    )
    assert next_of(app, deputy) == reference


def test_an_absence_to_come_hands_over_when_it_begins(app: Flask, officer: Officer) -> None:
    (reference,) = sent(app)
    take(app, reference, officer)
    away(app, officer, days=3)

    drain(app)
    assert _holder(app, reference, officer.actor) == officer.actor.id
    begins = datetime.combine(TODAY + timedelta(days=3), datetime.min.time(), UTC)
    with clock.pretend(begins):
        drain(app)

    assert _holder(app, reference, officer.actor) is None


def test_an_absence_that_is_over_takes_no_case(app: Flask, officer: Officer) -> None:
    (reference,) = sent(app)
    take(app, reference, officer)
    with pytest.raises(Invalid) as refusal:
        away(app, officer, days=-8)
    assert refusal.value.field == "last"

    # Noted in time, and carried out by a worker that was down until they were back.
    away(app, officer)
    with clock.pretend(clock.now() + timedelta(days=9)):
        drain(app)

    assert _holder(app, reference, officer.actor) == officer.actor.id


def _holder(app: Flask, reference: str, actor: Actor) -> int | None:
    with app.app_context():
        return queries.get_case(reference, actor).assignee_id


def test_a_hand_over_that_was_interrupted_goes_on(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    references = sent(app, 3)
    for reference in references:
        take(app, reference, officer)
    uid = away(app, officer)
    give_back = teams._give_back
    given: list[int] = []

    def one_only(case_id: int, absence: Absence) -> None:
        if given:
            raise RuntimeError("the worker is gone")
        given.append(case_id)
        give_back(case_id, absence)

    monkeypatch.setattr(teams, "_give_back", one_only)
    drain(app)
    monkeypatch.undo()
    with clock.pretend(clock.now() + timedelta(hours=1)), app.app_context():
        tasks.drain()

    assert [_holder(app, one, officer.actor) for one in references] == [None] * 3
    with app.app_context():
        job = find_job(f"absence/{uid}")
        assert job is not None and job.state is JobState.DONE


def test_the_head_sees_who_has_how_much(app: Flask, officer: Officer, head: Officer) -> None:
    for reference in sent(app, 2):
        take(app, reference, officer)
    name_officer(app, officer, "Basel Al Najjar")

    page = head.visitor.open("/en/desk/team")

    assert "Basel Al Najjar2200" in page.text
    assert officer.visitor.open("/en/desk/team").status == 404
    assert len(found(head.visitor.follow("2").text)) == 2


def test_the_head_makes_a_group_and_notes_an_absence(
    app: Flask, officer: Officer, head: Officer
) -> None:
    sent(app)
    with app.app_context():
        uid = db.session.get_one(StaffMember, officer.actor.id).uid
    head.visitor.open("/en/desk/team")
    head.visitor.submit({"name": "الجوازات"}, button="Add a group")
    page = head.visitor.submit({"member": uid, "service": "PASS_RENEW"}, button="Save")
    assert "The group has been saved." in page.text
    assert "الجوازات" in page.text
    assert len(found(officer.visitor.open("/en/desk/queue?tab=group").text)) == 1

    dates = {"first": TODAY.isoformat(), "last": (TODAY + timedelta(days=3)).isoformat()}
    refused = head.visitor.submit({**dates, "officer": uid, "deputy": uid}, button="Note")
    assert refused.errors == ["Deputy: Nobody is their own deputy."]
    assert "The absence is noted." in head.visitor.submit({"deputy": ""}, button="Note").text
    assert "The absence has been removed." in head.visitor.submit({}, button="Remove").text
    head.visitor.follow("الجوازات")
    assert "The group has been removed." in head.visitor.submit({}, button="Remove the group").text


def test_a_group_of_another_post_does_not_exist(app: Flask, head: Officer) -> None:
    stranger = officer_at(app, Role.HEAD, post="kazan", prefix="JK")
    with app.app_context(), transaction():
        uid = teams.add_group("x", actor=head.actor).uid

    assert stranger.visitor.open(f"/en/desk/team/groups/{uid}").status == 404
