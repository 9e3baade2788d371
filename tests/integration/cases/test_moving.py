"""Cases on another version of their service: nothing is lost, and only what is new is asked."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Account
from app.audit.models import AuditEntry
from app.cases import changing, contents, moving, queries, rebasing, services
from app.cases.models import Case, CaseAnswers
from app.cases.rules import Action, ItemKind, ItemState, State, StepKind, StepState
from app.core import clock
from app.core.actor import Actor
from app.core.db import db, new_uid, transaction
from app.core.errors import Conflict, Invalid, InvalidTransition, NotAllowed, NotFound
from app.documents.models import Document
from tests.factories import cases as factory
from tests.factories import people, versions

GONE = {"phone": "+79161234567", "stay_status": "student"}
ALL = {key: value for page in factory.ANSWERS.values() for key, value in page.items()}


def rearranged(document: versions.Document) -> None:
    """Move the city, drop the phone and a choice, ask something new, swap a paper."""
    city = versions.drop_field(document, "stay_in_russia", "city")
    versions.drop_field(document, "stay_in_russia", "phone")
    stay = versions.fields_of(document, "stay_in_russia")
    stay[0]["choices"] = [one for one in stay[0]["choices"] if one["key"] != "student"]
    versions.fields_of(document, "travel_document").append(city)
    document["pages"].append(
        {
            "key": "more",
            "title": versions.words("More"),
            "fields": [versions.question("profession")],
        }
    )
    document["papers"] = [one for one in document["papers"] if one["key"] != "civil_extract"]
    document["papers"].append(versions.paper("visa"))


def move(case: Case, account: Account, **options: Any) -> Case:
    newer = moving.find_newer(case)
    assert newer is not None
    asked = {"to": newer.number, "seen": case.version, "key": new_uid(), **options}
    return moving.move_draft(case.reference, actor=factory.citizen(account), **asked)


def ask(case: Case, by: Actor, **options: Any) -> Case:
    newer = moving.find_newer(case)
    asked: dict[str, Any] = {
        "to": newer.number if newer else 0,
        "seen": case.version,
        "key": new_uid(),
        "until_on": a_week_from_now(),
        **options,
    }
    return moving.ask_for_new_version(case.reference, actor=by, **asked)


def a_week_from_now() -> date:
    return clock.today("Europe/Moscow") + timedelta(days=7)


def items(case: Case) -> dict[str, ItemState]:
    return {item.key: item.state for item in case.items}


def test_a_draft_takes_its_answers_and_papers_along(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.complete(account)
        versions.publish(rearranged)

        case = move(case, account)

        assert case.pinned.number == 2
        assert queries.answers(case) == {
            key: value for key, value in ALL.items() if key not in {"phone", "stay_status"}
        }
        travel = queries.answers_of_page(case, "travel_document")
        assert travel is not None
        assert travel.values == factory.ANSWERS["travel_document"] | {"city": "Казань"}
        assert items(case)["photo"] is ItemState.RECEIVED


def test_what_has_no_place_stays_readable_until_the_draft_is_sent(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.complete(account)
        versions.publish(rearranged)
        case = move(case, account)

        (left,) = rebasing.left_over(case)
        (paper,) = rebasing.papers_left_over(case)
        assert (left.version, left.answers) == (
            1,
            {"phone": "+79161234567", "stay_status": "student"},
        )
        assert (paper.key, len(paper.files)) == ("civil_extract", 1)
        assert b"79161234567" not in (case.sealed_left_over or b"")

        finish(case, account)
        case = changing.lock(case.id)
        case = services.submit(
            case.reference, actor=factory.citizen(account), seen=case.version, key=new_uid()
        )

        assert rebasing.left_over(case) == []
        assert "civil_extract" not in items(case)
        assert db.session.scalar(select(func.count(Document.id))) == 3


def finish(case: Case, account: Account) -> None:
    """Answer what the newer version asks."""
    actor = factory.citizen(account)
    stay = {**factory.ANSWERS["stay_in_russia"], "stay_status": "permanent"}
    stay = {key: value for key, value in stay.items() if key not in {"city", "phone"}}
    services.save_page(case.reference, "stay_in_russia", stay, actor=actor)
    more = {"profession": "engineer"}
    services.save_page(case.reference, "more", more, actor=actor)
    factory.attach(case, "visa", actor)


def test_a_moved_draft_is_asked_again_only_what_is_new_or_changed(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.complete(account)
        versions.publish(rearranged)
        case = move(case, account)

        gaps = contents.gaps(case)

        assert gaps.pages == ("stay_in_russia", "more")
        assert gaps.papers == ("visa",)
        with pytest.raises(Invalid):
            services.submit(
                case.reference, actor=factory.citizen(account), seen=case.version, key=new_uid()
            )
        finish(case, account)
        assert not contents.gaps(changing.lock(case.id))


def test_moving_leaves_an_event_and_an_audit_entry_once(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.draft(account)
        versions.publish(rearranged)
        first, actor = case.version, factory.citizen(account)

        for _press in range(2):
            case = moving.move_draft(case.reference, to=2, actor=actor, seen=first, key="one")

        events = queries.list_events(case.id)
        assert [event.action for event in events] == [Action.STARTED, Action.STARTED]
        assert events[1].details == {"from": 1, "version": 2}
        actions = db.session.scalars(select(AuditEntry.action)).all()
        assert actions.count("case_moved_to_version") == 1
        assert (case.state, case.version) == (State.DRAFT, first + 1)
        assert [step.kind for step in case.steps] == [
            StepKind.REVIEW, StepKind.APPOINTMENT, StepKind.PRODUCTION, StepKind.HAND_OVER,
        ]  # fmt: skip


def test_a_draft_moves_on_over_several_versions_and_back(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.complete(account)
        versions.publish(rearranged)
        case = move(case, account)
        versions.publish(lambda _document: None)

        case = move(case, account)

        assert case.pinned.number == 3
        assert set(queries.answers(case)) == set(ALL) - {"phone", "stay_status"}
        assert items(case)["civil_extract"] is ItemState.RECEIVED
        assert [one.answers for one in rebasing.left_over(case)] == [GONE]
        assert contents.gaps(case).papers == ()


def test_a_variant_that_is_gone_falls_back_to_the_regular_one(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.draft(account)
        case.variant = "urgent"
        versions.publish(
            lambda d: d.update(fees=[f for f in d["fees"] if f["variant"] == "regular"])
        )

        assert move(case, account).variant == "regular"


@pytest.mark.parametrize("wrong", [{"to": 9}, {"seen": 99}])
def test_a_draft_does_not_move_to_what_was_not_seen(app: Flask, wrong: dict[str, int]) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.draft(account)
        versions.publish(rearranged)

        with pytest.raises(Conflict):
            move(case, account, **wrong)


def test_nobody_moves_the_draft_of_somebody_else(app: Flask) -> None:
    with app.app_context(), transaction():
        case = factory.draft(people.account())
        versions.publish(rearranged)

        with pytest.raises(NotFound):
            move(case, people.account())


def test_a_case_that_was_sent_is_not_moved_by_its_citizen(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.submitted(account)
        versions.publish(rearranged)

        with pytest.raises(InvalidTransition):
            move(case, account)


def test_the_old_version_may_be_sent_all_the_same(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.complete(account)
        versions.publish(rearranged)

        case = services.submit(
            case.reference, actor=factory.citizen(account), seen=case.version, key=new_uid()
        )

        assert (case.pinned.number, case.state) == (1, State.SUBMITTED)


def test_a_draft_of_a_withdrawn_service_is_kept_but_not_sent(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.complete(account)
        versions.withdraw()

        with pytest.raises(Invalid):
            services.submit(
                case.reference, actor=factory.citizen(account), seen=case.version, key=new_uid()
            )
        assert moving.find_newer(case) is None


def test_what_was_typed_for_the_old_version_is_kept_where_it_belongs_now(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.draft(account)
        versions.publish(rearranged)
        case = move(case, account)

        services.save_page(
            case.reference,
            "stay_in_russia",
            factory.ANSWERS["stay_in_russia"],
            actor=factory.citizen(account),
            judged_by=1,
        )

        case = changing.lock(case.id)
        assert queries.answers(case) == {"city": "Казань", "address": "ул. Баумана, 1"}
        assert [one.answers for one in rebasing.left_over(case)] == [GONE]


def test_a_page_typed_into_too_late_counts_as_answered_unless_it_asks_anew(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.draft(account)
        versions.publish(rearranged)
        case = move(case, account)

        for page in ("declaration", "stay_in_russia"):
            services.save_page(
                case.reference,
                page,
                factory.ANSWERS[page],
                actor=factory.citizen(account),
                judged_by=1,
            )

        case = changing.lock(case.id)
        assert contents.gaps(case).pages == ("travel_document", "stay_in_russia", "more")


def asks_more(document: versions.Document) -> None:
    """Ask something on a page that nobody has to answer."""
    versions.fields_of(document, "stay_in_russia").append(
        versions.question("profession", required=False)
    )


def test_a_page_that_asks_more_is_answered_by_the_answers_as_they_are(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.complete(account)
        versions.publish(asks_more)
        case = move(case, account)
        assert contents.gaps(case).pages == ("stay_in_russia",)

        save_as_it_stands(case, account)

        assert not contents.gaps(changing.lock(case.id))


def test_a_moved_case_is_mended_by_the_answers_as_they_are(app: Flask) -> None:
    with app.app_context(), transaction():
        account, by = people.account(), factory.officer()
        case = factory.taken(account, by)
        versions.publish(asks_more)
        case = ask(case, by)
        assert not contents.is_mended(case)

        save_as_it_stands(case, account)

        assert contents.is_mended(changing.lock(case.id))


def save_as_it_stands(case: Case, account: Account) -> None:
    same, actor = factory.ANSWERS["stay_in_russia"], factory.citizen(account)
    services.save_page(case.reference, "stay_in_russia", same, actor=actor)


def test_a_case_in_review_is_asked_only_for_what_the_new_version_adds(app: Flask) -> None:
    with app.app_context(), transaction():
        account, by = people.account(), factory.officer()
        case = factory.taken(account, by)
        versions.publish(rearranged)

        case = ask(case, by)

        assert (case.state, case.pinned.number) == (State.ACTION_NEEDED, 2)
        assert items(case) == {
            "travel_document": ItemState.RECEIVED,
            "stay_in_russia": ItemState.REJECTED,
            "declaration": ItemState.RECEIVED,
            "more": ItemState.REJECTED,
            "photo": ItemState.RECEIVED,
            "old_passport": ItemState.RECEIVED,
            "guardianship": ItemState.WAIVED,
            "visa": ItemState.REJECTED,
            "civil_extract": ItemState.WAIVED,
            "id_card": ItemState.WAIVED,
        }
        asked = [item for item in case.items if item.state is ItemState.REJECTED]
        assert {item.reason_code for item in asked} == {"service_changed"}
        assert case.waiting_since is not None


def test_nothing_that_was_sent_is_lost_when_a_case_moves(app: Flask) -> None:
    with app.app_context(), transaction():
        account, by = people.account(), factory.officer()
        case = factory.taken(account, by)
        versions.publish(rearranged)

        case = ask(case, by)

        stay = queries.find_item(case, ItemKind.ANSWERS, "stay_in_russia")
        newest, sent = db.session.scalars(
            select(CaseAnswers)
            .where(CaseAnswers.item_id == stay.id)
            .order_by(CaseAnswers.revision.desc())
        )
        assert sent.values == factory.ANSWERS["stay_in_russia"]
        assert newest.values == {"address": "ул. Баумана, 1"}
        assert queries.answers(case)["city"] == "Казань"
        extract = queries.find_item(case, ItemKind.PAPER, "civil_extract")
        assert len(extract.files) == 1


def test_the_event_names_the_version_and_leads_where_any_correction_leads(app: Flask) -> None:
    with app.app_context(), transaction():
        account, by = people.account(), factory.officer()
        case = factory.taken(account, by)
        versions.publish(rearranged)
        case = ask(case, by, key="one")
        case = ask(case, by, key="one", to=2)

        event = queries.list_events(case.id)[-1]

        assert event.action is Action.CORRECTION_ASKED
        assert event.details == {
            "until_on": a_week_from_now().isoformat(),
            "items": ["stay_in_russia", "more", "visa"],
            "from": 1,
            "version": 2,
        }
        asked = queries.find_open_round(case.id)
        assert asked is not None
        assert asked.until_on == a_week_from_now()


def test_a_moved_case_is_mended_and_goes_on(app: Flask) -> None:
    with app.app_context(), transaction():
        account, by = people.account(), factory.officer()
        case = factory.taken(account, by)
        versions.publish(rearranged)
        case = ask(case, by)
        finish(case, account)
        case = changing.lock(case.id)
        case = services.resubmit(
            case.reference, actor=factory.citizen(account), seen=case.version, key=new_uid()
        )

        case = factory.accept_all(case, by)

        assert case.state is State.IN_PROGRESS
        assert case.steps[0].state is StepState.DONE


def test_steps_to_come_are_those_of_the_new_version(app: Flask) -> None:
    def shorter(document: versions.Document) -> None:
        rearranged(document)
        document["path"] = [{"kind": "review"}, {"kind": "hand_over"}]
        document["appointment"] = None

    with app.app_context(), transaction():
        by = factory.officer()
        case = factory.taken(people.account(), by)
        versions.publish(shorter)

        case = ask(case, by)

        assert [(step.kind, step.state) for step in case.steps] == [
            (StepKind.REVIEW, StepState.CURRENT),
            (StepKind.HAND_OVER, StepState.WAITING),
        ]


def another_way(document: versions.Document) -> None:
    rearranged(document)
    document["path"] = [
        {"kind": "appointment"}, {"kind": "review"}, {"kind": "production"}, {"kind": "hand_over"},
    ]  # fmt: skip


def other_words(document: versions.Document) -> None:
    document["title"] = versions.words("Another name")


def not_so_urgent(document: versions.Document) -> None:
    rearranged(document)
    document["fees"] = [fee for fee in document["fees"] if fee["variant"] != "regular"]


@pytest.mark.parametrize("edit", [another_way, other_words, not_so_urgent])
def test_a_case_that_cannot_follow_stays_where_it_is(app: Flask, edit: versions.Edit) -> None:
    with app.app_context(), transaction():
        by = factory.officer()
        case = factory.taken(people.account(), by)
        before = case.version
        versions.publish(edit)

        with pytest.raises(Invalid):
            ask(case, by)

        assert (case.pinned.number, case.version, case.state) == (1, before, State.IN_REVIEW)


def test_only_the_officer_who_has_a_case_in_hand_moves_it(app: Flask) -> None:
    with app.app_context(), transaction():
        account, by = people.account(), factory.officer()
        case = factory.taken(account, by)
        versions.publish(rearranged)

        with pytest.raises(Conflict):
            ask(case, factory.officer())
        with pytest.raises(NotAllowed):
            ask(case, factory.citizen(account))
        with pytest.raises(Invalid):
            ask(case, by, until_on=clock.today("Europe/Moscow"))


@pytest.mark.parametrize("stage", ["submitted", "asked", "accepted"])
def test_a_case_that_nobody_checks_now_is_not_moved(app: Flask, stage: str) -> None:
    with app.app_context(), transaction():
        account, by = people.account(), factory.officer()
        case = (
            factory.submitted(account)
            if stage == "submitted"
            else (getattr(factory, stage)(account, by))
        )
        versions.publish(rearranged)

        with pytest.raises((InvalidTransition, Conflict)):
            ask(case, by)


def test_a_paper_whose_rules_changed_is_asked_for_again(app: Flask) -> None:
    def stricter(document: versions.Document) -> None:
        document["papers"][0]["max_bytes"] = 2048

    with app.app_context(), transaction():
        by = factory.officer()
        case = factory.taken(people.account(), by)
        versions.publish(stricter)

        case = ask(case, by)

        assert [key for key, state in items(case).items() if state is ItemState.REJECTED] == [
            "photo"
        ]
        count = select(func.count(CaseAnswers.id))
        assert db.session.scalar(count) == len(factory.ANSWERS)
