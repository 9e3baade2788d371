"""A case from the draft to the hand-over, on both engines."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Account
from app.cases import changing, contents, queries, signals
from app.cases import services as cases
from app.cases.models import Case, CaseAnswers, CaseEvent, CaseItem
from app.cases.rules import Action, ItemKind, ItemState, State, StepState
from app.cases.services import ItemDecision, Verdict
from app.core import clock
from app.core.actor import Actor, ActorKind, Role
from app.core.db import db, new_uid, transaction
from app.core.errors import Conflict, Invalid, InvalidTransition, NotAllowed, NotFound
from app.documents import queries as documents
from app.documents.models import DocumentState
from app.notifications.models import Channel, Message
from tests.factories import cases as factory
from tests.factories import people

SOMEBODY = Actor(kind=ActorKind.CITIZEN, id=999_999)


def told(case: Case) -> list[str]:
    query = select(Message.event).where(
        Message.case_id == case.id, Message.channel == Channel.PORTAL
    )
    return list(db.session.scalars(query.order_by(Message.id)))


def test_a_sent_case_has_a_promise_a_code_and_a_message(app: Flask) -> None:
    with app.app_context(), transaction():
        case = factory.submitted(people.account())

        assert case.state is State.SUBMITTED
        assert case.due_on is not None and case.submitted_at is not None
        assert queries.follow(case.reference, case.follow_code or "") is case
        assert case.steps[0].state is StepState.CURRENT
        assert told(case) == ["case_submitted"]


def test_what_this_applicant_is_not_asked_for_is_not_needed(app: Flask) -> None:
    with app.app_context(), transaction():
        case = factory.submitted(people.account())

        assert queries.find_item(case, ItemKind.PAPER, "guardianship").state is ItemState.WAIVED


def test_starting_twice_with_one_key_makes_one_draft(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        factory.offer()
        of, key = factory.person(account), new_uid()

        made = [
            cases.start(
                service_code="PASS_RENEW",
                person=of,
                account=account,
                actor=factory.citizen(account),
                language="ar",
                key=key,
            )
            for _ in range(3)
        ]

        assert len({case.reference for case in made}) == 1


def test_submitting_twice_with_one_key_has_one_effect(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case, key = factory.complete(account), new_uid()
        seen, actor = case.version, factory.citizen(account)

        first = cases.submit(case.reference, actor=actor, seen=seen, key=key)
        version = first.version
        again = cases.submit(case.reference, actor=actor, seen=seen, key=key)

        assert again.version == version
        assert told(again) == ["case_submitted"]


def test_submitting_with_another_key_after_it_was_sent_is_refused(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.submitted(account)

        with pytest.raises(InvalidTransition):
            cases.submit(
                case.reference, actor=factory.citizen(account), seen=case.version, key=new_uid()
            )


def test_a_missing_paper_keeps_a_draft_from_being_sent(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.complete(account)
        actor = factory.citizen(account)
        photo = queries.find_item(case, ItemKind.PAPER, "photo")
        uid = photo.files[0].document.uid
        case = cases.detach(case.reference, "photo", uid, actor=actor)

        with pytest.raises(Invalid):
            cases.submit(case.reference, actor=actor, seen=case.version, key=new_uid())

        assert case.state is State.DRAFT


def test_a_service_that_was_switched_off_takes_no_more_requests(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.complete(account)
        case.service.enabled = False

        with pytest.raises(Invalid):
            cases.submit(
                case.reference, actor=factory.citizen(account), seen=case.version, key=new_uid()
            )


def test_an_old_paper_is_refused_with_the_number_of_days(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.draft(account)
        too_old = clock.today("Europe/Moscow") - timedelta(days=91)

        with pytest.raises(Invalid) as refusal:
            cases.attach(
                case.reference,
                "civil_extract",
                factory.document(case),
                issued_on=too_old,
                actor=factory.citizen(account),
            )

        assert refusal.value.field == "issued_on"
        assert "90" in refusal.value.sentence()


def test_a_paper_takes_as_many_files_as_it_may_have_pages(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.draft(account)
        for _ in range(4):
            factory.attach(case, "old_passport", factory.citizen(account))

        with pytest.raises(Invalid):
            factory.attach(case, "old_passport", factory.citizen(account))


def test_nobody_else_finds_a_case(app: Flask) -> None:
    with app.app_context(), transaction():
        case = factory.submitted(people.account())

        for reference in (case.reference, "JM-0000-0000-0", "x" * 500):
            with pytest.raises(NotFound):
                queries.get_case(reference, SOMEBODY)


def test_staff_see_no_draft_and_nothing_of_another_post(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        by = factory.officer()
        elsewhere = Actor(kind=by.kind, id=by.id, post_id=999, roles=by.roles)
        started, sent = factory.draft(account), factory.submitted(account)

        with pytest.raises(NotFound):
            queries.get_case(started.reference, by)
        with pytest.raises(NotFound):
            queries.get_case(sent.reference, elsewhere)
        assert queries.get_case(sent.reference, by) is sent


def test_the_second_of_two_officers_is_told_that_the_case_went_on(app: Flask) -> None:
    with app.app_context(), transaction():
        case = factory.submitted(people.account())
        seen = case.version
        first, second = factory.officer(), factory.officer()
        cases.take(case.reference, actor=first, seen=seen, key=new_uid())

        with pytest.raises(Conflict):
            cases.take(case.reference, actor=second, seen=seen, key=new_uid())


def test_taking_a_case_over_leaves_a_trace(app: Flask) -> None:
    with app.app_context(), transaction():
        first, second = factory.officer(), factory.officer()
        case = factory.taken(people.account(), first)

        case = cases.take(case.reference, actor=second, seen=case.version, key=new_uid())

        assert case.assignee_id == second.id
        assert queries.list_events(case.id)[-1].details == {"over": first.id}


def test_an_event_names_actor_role_and_post(app: Flask) -> None:
    with app.app_context(), transaction():
        officer, account = factory.officer(), people.account()
        case = factory.taken(account, officer)

        events = queries.list_events(case.id)

        said = [(one.action, one.actor_kind, one.actor_id, one.actor_role) for one in events]
        assert said[-2:] == [
            (Action.SUBMITTED, ActorKind.CITIZEN, account.id, None),
            (Action.TAKEN, ActorKind.STAFF, officer.id, Role.OFFICER),
        ]
        assert {one.post_id for one in events} == {case.post_id}


def test_only_the_holder_decides(app: Flask) -> None:
    with app.app_context(), transaction():
        case = factory.taken(people.account(), factory.officer())
        item = case.items[0]

        with pytest.raises(Conflict):
            cases.decide_item(
                case.reference,
                item.uid,
                ItemDecision(verdict=Verdict.ACCEPTED),
                actor=factory.officer(),
                seen=case.version,
                key=new_uid(),
            )


def test_a_receptionist_takes_no_case(app: Flask) -> None:
    with app.app_context(), transaction():
        case = factory.submitted(people.account())
        by = factory.officer(role=Role.RECEPTIONIST)

        with pytest.raises(NotAllowed):
            cases.take(case.reference, actor=by, seen=case.version, key=new_uid())


def test_a_rejected_item_needs_a_reason_of_the_paper(app: Flask) -> None:
    with app.app_context(), transaction():
        by = factory.officer()
        case = factory.taken(people.account(), by)
        item = queries.find_item(case, ItemKind.PAPER, "photo")

        for decision in (
            ItemDecision(verdict=Verdict.REJECTED),
            ItemDecision(verdict=Verdict.REJECTED, reason_code="nonsense"),
        ):
            with pytest.raises(Invalid):
                cases.decide_item(
                    case.reference, item.uid, decision, actor=by, seen=case.version, key=new_uid()
                )


def test_a_correction_stops_the_clock_and_names_only_what_to_mend(app: Flask) -> None:
    with app.app_context(), transaction():
        case = factory.asked(people.account(), factory.officer())

        assert case.state is State.ACTION_NEEDED
        assert case.waiting_since is not None
        assert [i.key for i in case.items if i.state is ItemState.REJECTED] == ["photo"]
        assert told(case) == ["case_submitted", "correction_asked"]


def test_a_correction_needs_something_rejected(app: Flask) -> None:
    with app.app_context(), transaction():
        by = factory.officer()
        case = factory.taken(people.account(), by)

        with pytest.raises(Invalid):
            cases.ask_correction(
                case.reference,
                until_on=clock.today("Europe/Moscow") + timedelta(days=3),
                actor=by,
                seen=case.version,
                key=new_uid(),
            )


def test_a_mended_case_comes_back_with_the_old_file_kept(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.asked(account, factory.officer())
        case = factory.attach(case, "photo", factory.citizen(account))

        case = cases.resubmit(
            case.reference, actor=factory.citizen(account), seen=case.version, key=new_uid()
        )

        photo = queries.find_item(case, ItemKind.PAPER, "photo")
        assert case.state is State.IN_REVIEW
        assert photo.state is ItemState.RECEIVED
        assert [file.replaced_at is None for file in photo.files] == [False, True]
        assert queries.find_open_round(case.id) is None
        assert case.waiting_since is None


def test_a_new_file_that_is_taken_away_gives_way_to_the_one_that_was_sent(app: Flask) -> None:
    with app.app_context(), transaction():
        account, by = people.account(), factory.officer()
        case = factory.asked(account, by)
        citizen, photo = factory.citizen(account), queries.find_item(case, ItemKind.PAPER, "photo")
        sent = contents.live_files(photo)
        case = factory.attach(case, "photo", citizen)
        (newer,) = contents.live_files(photo)

        case = cases.detach(case.reference, "photo", newer.document.uid, actor=citizen)

        assert photo.state is ItemState.REJECTED
        assert contents.live_files(photo) == sent != []


def test_a_distant_visit_is_not_counted_against_the_post(app: Flask) -> None:
    monday = time_machine.travel("2026-11-30T08:00:00+00:00", tick=False)
    with monday as hand, app.app_context(), transaction():
        by = factory.officer()
        case = factory.accepted(people.account(), by)
        promised = case.due_on
        assert case.waiting_since is not None

        hand.shift(timedelta(weeks=6))
        case = cases.visit_completed(case.reference, actor=by, seen=case.version, key=new_uid())

        assert case.waiting_since is None
        assert promised is not None
        assert case.due_on == promised + timedelta(weeks=6)


def test_nothing_is_sent_again_before_it_is_mended(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.asked(account, factory.officer())

        with pytest.raises(Invalid):
            cases.resubmit(
                case.reference, actor=factory.citizen(account), seen=case.version, key=new_uid()
            )


def test_a_correction_is_not_sent_with_a_file_that_cannot_be_used(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.attach(
            factory.asked(account, factory.officer()), "photo", factory.citizen(account)
        )
        photo = contents.live_files(queries.find_item(case, ItemKind.PAPER, "photo"))[0].document
        photo.state = DocumentState.REFUSED

        with pytest.raises(Invalid):
            cases.resubmit(
                case.reference, actor=factory.citizen(account), seen=case.version, key=new_uid()
            )

        assert not contents.is_mended(changing.lock(case.id))


def test_what_was_not_asked_for_cannot_be_changed_in_a_correction(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.asked(account, factory.officer())

        with pytest.raises(InvalidTransition):
            factory.attach(case, "old_passport", factory.citizen(account))
        with pytest.raises(InvalidTransition):
            cases.save_page(
                case.reference,
                "declaration",
                {"registered": False},
                actor=factory.citizen(account),
            )


def test_a_corrected_page_keeps_what_was_sent_before(app: Flask) -> None:
    with app.app_context(), transaction():
        account, by = people.account(), factory.officer()
        case, item = ask_for_address(account, by)
        better = factory.ANSWERS["stay_in_russia"] | {"address": "ул. Баумана, 12, кв. 3"}

        for _ in range(2):
            cases.save_page(
                case.reference,
                "stay_in_russia",
                better,
                actor=factory.citizen(account),
            )

        kept = select(CaseAnswers.revision).where(CaseAnswers.item_id == item.id)
        assert sorted(db.session.scalars(kept)) == [1, 2]
        assert queries.answers(case)["address"] == "ул. Баумана, 12, кв. 3"


def ask_for_address(account: Account, by: Actor) -> tuple[Case, CaseItem]:
    """Return a case of which one page is asked for again, and that page."""
    case = factory.taken(account, by)
    item = queries.find_item(case, ItemKind.ANSWERS, "stay_in_russia")
    wrong = ItemDecision(verdict=Verdict.REJECTED, note="العنوان ناقص")
    case = cases.decide_item(
        case.reference, item.uid, wrong, actor=by, seen=case.version, key=new_uid()
    )
    until = clock.today("Europe/Moscow") + timedelta(days=7)
    case = cases.ask_correction(
        case.reference, until_on=until, actor=by, seen=case.version, key=new_uid()
    )
    return case, item


def test_a_page_that_was_right_is_sent_again_as_it_stands(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case, item = ask_for_address(account, factory.officer())
        same, citizen = factory.ANSWERS["stay_in_russia"], factory.citizen(account)

        cases.save_page(case.reference, "stay_in_russia", same, actor=citizen)

        assert item.state is ItemState.REPLACED
        assert contents.is_mended(changing.lock(case.id))
        # Who thinks better of it after that leaves what was sent as it was.
        better = {**same, "address": "ул. Баумана, 12, кв. 3"}
        cases.save_page(case.reference, "stay_in_russia", better, actor=citizen)
        kept = select(CaseAnswers).where(CaseAnswers.item_id == item.id)
        rows = db.session.scalars(kept.order_by(CaseAnswers.revision)).all()
        assert [row.values for row in rows] == [same, better]


def test_an_undecided_case_is_not_accepted(app: Flask) -> None:
    with app.app_context(), transaction():
        by = factory.officer()
        case = factory.taken(people.account(), by)

        with pytest.raises(Invalid):
            cases.accept(case.reference, actor=by, seen=case.version, key=new_uid())


def test_an_accepted_case_goes_the_rest_of_its_way(app: Flask) -> None:
    with app.app_context(), transaction():
        by = factory.officer()
        case = factory.accepted(people.account(), by)
        cases.record_booking(case, Action.BOOKED, actor=by, key=new_uid(), details={"booking": "x"})
        for step in (cases.visit_completed, cases.produced, factory.hand_over):
            case = step(case.reference, actor=by, seen=case.version, key=new_uid())

        assert case.state is State.COMPLETED
        assert case.ended_at is not None
        assert all(step.state is StepState.DONE for step in case.steps)
        assert told(case) == ["case_submitted", "case_accepted", "case_ready", "case_completed"]


def test_a_refused_case_keeps_why(app: Flask) -> None:
    with app.app_context(), transaction():
        by = factory.officer()
        case = factory.taken(people.account(), by)

        case = cases.refuse(
            case.reference,
            reason_code="not_entitled",
            note="سبب",
            actor=by,
            seen=case.version,
            key=new_uid(),
        )

        assert case.state is State.REFUSED
        assert (case.refusal_code, case.refusal_note) == ("not_entitled", "سبب")
        assert case.assignee_id is None


def test_withdrawing_twice_is_refused_the_second_time(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.submitted(account)
        actor = factory.citizen(account)
        case = cases.withdraw(case.reference, actor=actor, seen=case.version, key=new_uid())

        with pytest.raises(InvalidTransition):
            cases.withdraw(case.reference, actor=actor, seen=case.version, key=new_uid())


def test_who_is_connected_hears_that_a_case_was_broken_off(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    monkeypatch.setattr(signals, "_ended", {})
    signals.on_ended("test", lambda case, actor: heard.append(case.reference))
    with app.app_context(), transaction():
        account = people.account()
        case = factory.submitted(account)

        cases.withdraw(
            case.reference, actor=factory.citizen(account), seen=case.version, key=new_uid()
        )

        assert heard == [case.reference]


def test_a_file_that_was_taken_away_leaves_no_row(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case, actor = factory.complete(account), factory.citizen(account)
        photo = queries.find_item(case, ItemKind.PAPER, "photo").files[0].document

        cases.detach(case.reference, "photo", photo.uid, actor=actor)
        cases.detach(case.reference, "photo", photo.uid, actor=actor)

        assert documents.find_document(photo.uid) is None


def test_a_discarded_draft_leaves_nothing(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.complete(account)
        cases.discard(case.reference, actor=factory.citizen(account))
        db.session.expunge_all()

        assert db.session.scalar(select(func.count()).select_from(Case)) == 0
        assert db.session.scalar(select(func.count()).select_from(CaseEvent)) == 0


def test_a_sent_case_cannot_be_discarded(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.submitted(account)

        with pytest.raises(InvalidTransition):
            cases.discard(case.reference, actor=factory.citizen(account))


def test_a_wrong_follow_up_code_finds_nothing(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        one, other = factory.submitted(account), factory.submitted(account)

        assert queries.follow(one.reference, other.follow_code or "") is None
        assert queries.follow(one.reference, "") is None
        assert queries.follow("nonsense", one.follow_code or "") is None
        assert queries.follow(factory.draft(account).reference, "") is None


def test_a_new_version_leaves_a_running_case_as_it_was(app: Flask) -> None:
    with app.app_context(), transaction():
        case = factory.submitted(people.account())
        changed = factory.definition("pass_early")
        factory.publish(changed)

        assert queries.definition(case) == factory.definition()
