"""Papers that go to the capital and back: packed once, sealed, sent, returned case by case."""

import re
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pypdfium2
import pytest
import segno
import time_machine
from flask import Flask
from PIL.Image import Image
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from app.cases import bulk, changing, queries, queue, rules
from app.cases import services as cases
from app.cases.bulk_models import BulkAction, BulkRun, Outcome
from app.cases.consignments import packing, travelling
from app.cases.consignments import queries as consignments
from app.cases.consignments.models import Consignment, ConsignmentItem
from app.cases.consignments.rules import ConsignmentState, Result
from app.cases.consignments.travelling import Found
from app.cases.models import Case
from app.cases.rules import Action, State
from app.core import clock
from app.core.actor import SYSTEM, Actor, Role
from app.core.db import constraint_of, db, new_uid, transaction
from app.core.errors import Conflict, Invalid, InvalidTransition, NotAllowed, NotFound
from app.documents import services as documents
from app.jobs import tasks
from app.notifications.models import Message
from tests.factories import cases as factory
from tests.factories import consignments as pouch
from tests.factories import people


def officer(app: Flask) -> Actor:
    with app.app_context(), transaction():
        pouch.offer()
        return factory.officer()


def actions(reference: str) -> list[Action]:
    case = queries.get_case(reference, SYSTEM)
    return [event.action for event in queries.list_events(case.id)]


def place_of(reference: str) -> ConsignmentItem:
    item = consignments.find_last(queries.get_case(reference, SYSTEM).id)
    assert item is not None
    return item


def give_back(uid: str, results: dict[str, Found], by: Actor) -> None:
    """Note what came back by reference, count it as returned and let the worker do the rest."""
    with transaction():
        found = {place_of(name).uid: one for name, one in results.items()}
        travelling.note_results(uid, found, actor=by)
    with transaction():
        travelling.give_back(uid, on=pouch.today(), actor=by)
    tasks.drain()


def for_the_capital(by: Actor) -> list[str]:
    page = queue.queue_page(
        by.post_id or 0, tab=queue.Tab.CAPITAL, officer_id=0, today=pouch.today()
    )
    return [case.reference for case in page.cases]


def test_what_waits_for_the_capital_is_listed_until_it_is_packed(app: Flask) -> None:
    by = officer(app)
    with app.app_context(), transaction():
        packed, free = pouch.waiting(by), pouch.waiting(by)
        factory.taken(people.account(), by)

        before = for_the_capital(by)
        packing.put_in(changing.lock(packed.id), actor=by)

        assert set(before) == {packed.reference, free.reference}
        assert for_the_capital(by) == [free.reference]
        counts = queue.counts(by.post_id or 0, officer_id=0, today=pouch.today())
        assert counts[queue.Tab.CAPITAL] == 1


def test_only_a_case_at_this_step_is_packed(app: Flask) -> None:
    by = officer(app)
    with app.app_context(), transaction():
        case = factory.taken(people.account(), by)

        with pytest.raises(InvalidTransition):
            packing.put_in(changing.lock(case.id), actor=by)


def test_reception_packs_nothing(app: Flask) -> None:
    by = officer(app)
    with app.app_context(), transaction():
        case = pouch.waiting(by)

        with pytest.raises(NotAllowed):
            packing.put_in(changing.lock(case.id), actor=factory.officer(role=Role.RECEPTIONIST))


def test_a_case_lies_in_one_consignment_that_is_not_back(app: Flask) -> None:
    by = officer(app)
    with app.app_context(), transaction():
        uid, (reference,) = pouch.filled(by)
        pouch.seal(uid, by)
        other, _others = pouch.filled(by)
        case = queries.get_case(reference, by)
        second = packing.add(consignments.get_consignment(other, by), case, actor=by)

        with pytest.raises(IntegrityError) as refused, db.session.begin_nested():
            db.session.add(second)
            db.session.flush()

        assert constraint_of(refused.value) == "uq_consignment_item_out"
        with pytest.raises(packing.AlreadyPacked):
            packing.put_in(changing.lock(case.id), actor=by)


def test_a_post_fills_one_consignment_at_a_time(app: Flask) -> None:
    by = officer(app)
    with app.app_context(), transaction():
        pouch.filled(by, 2)

        assert packing._begin(by.post_id or 0, by) is None
        assert db.session.scalar(select(func.count()).select_from(Consignment)) == 1


def test_it_can_be_taken_out_until_it_is_sealed(app: Flask) -> None:
    by = officer(app)
    with app.app_context(), transaction():
        uid, (first, second) = pouch.filled(by, 2)
        travelling.take_out(uid, first, actor=by)
        pouch.seal(uid, by)

        assert for_the_capital(by) == [first]
        with pytest.raises(Conflict):
            travelling.take_out(uid, second, actor=by)


def test_a_withdrawn_case_leaves_the_open_consignment(app: Flask) -> None:
    by = officer(app)
    with app.app_context(), transaction():
        uid, (reference,) = pouch.filled(by)
        case = queries.get_case(reference, by)
        cases.withdraw(reference, actor=by, seen=case.version, key=new_uid())

        assert consignments.list_items(consignments.get_consignment(uid, by).id) == []


def test_numbers_have_no_gap_in_a_year_and_begin_anew(app: Flask) -> None:
    by = officer(app)
    labels = []
    with app.app_context():
        for moment in ("2026-12-30", "2026-12-31", "2027-01-02"):
            with time_machine.travel(f"{moment}T09:00:00Z", tick=False), transaction():
                uid, _references = pouch.filled(by)
                labels.append(pouch.seal(uid, by).label)

    assert labels == ["1/2026", "2/2026", "1/2027"]


def test_a_refused_sealing_takes_no_number(app: Flask) -> None:
    by = officer(app)
    with app.app_context():
        with transaction():
            uid, _references = pouch.filled(by)
        for mark, seal, problem in (("other", "1", Conflict), (None, " ", Invalid)):
            with pytest.raises(problem), transaction():
                items = consignments.list_items(consignments.get_consignment(uid, by).id)
                mark = mark or consignments.mark_of(items)
                travelling.seal(uid, seal=seal, language="ru", mark=mark, actor=by)
        with transaction():
            assert pouch.seal(uid, by).number == 1


def test_an_empty_consignment_is_not_sealed(app: Flask) -> None:
    by = officer(app)
    with app.app_context(), transaction():
        uid, (reference,) = pouch.filled(by)
        travelling.take_out(uid, reference, actor=by)

        with pytest.raises(Invalid):
            pouch.seal(uid, by)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_manifest_names_every_request(app: Flask, language: str) -> None:
    by = officer(app)
    with app.app_context():
        with transaction():
            uid, references = pouch.filled(by, 2)
            pouch.seal(uid, by).language = language
        pouch.make_manifest(uid)
        box = consignments.get_consignment(uid, by)
        assert box.document is not None
        pdf = documents.original(box.document)
        document = pypdfium2.PdfDocument(pdf)
        words = " ".join(page.get_textpage().get_text_range() for page in document).split()

    # pdfium turns the parts of a number round on a page in Arabic, so signs are compared.
    signs = [sorted(word) for word in words]
    assert [one for one in ("SY", "004711", *references) if sorted(one) not in signs] == []
    assert {"ru": "Опись", "en": "Manifest"}[language] in words
    assert {"ru": "Возвращено", "en": "Returned"}[language] in words


def test_the_manifest_has_a_code_to_scan_for_each_request(app: Flask) -> None:
    by = officer(app)
    with app.app_context():
        with transaction():
            uid, references = pouch.filled(by, 3)
            pouch.seal(uid, by)
        pouch.make_manifest(uid)
        box = consignments.get_consignment(uid, by)
        assert box.document is not None
        document = pypdfium2.PdfDocument(documents.original(box.document))
        page = document[0].render(scale=6, grayscale=True).to_pil()

    wanted = [segno.make(one, error="m", micro=False).matrix for one in references]
    found = codes_on(page, len(wanted[0]))

    assert len(references) == 3
    for code in wanted:
        assert [[bool(dark) for dark in row] for row in code] in found


Dark = list[list[bool]]


def codes_on(page: Image, size: int) -> list[Dark]:
    """Return the modules of the codes that a picture of a page shows, and of what begins alike.

    A code begins with seven dark modules in a line, above which there is none.
    """
    dots, wide = page.point(lambda grey: 0 if grey < 128 else 1).tobytes(), page.width
    found = []
    for y in range(1, page.height):
        for dark in re.finditer(rb"\0{21,}", dots[y * wide : (y + 1) * wide]):
            corner, module = y * wide + dark.start(), len(dark[0]) / 7
            middles = [(n + 0.5) * module for n in range(size)]
            ends = corner + int(middles[-1]) * wide
            if dots[corner - wide] and ends < len(dots) and dark.start() + middles[-1] < wide:
                found.append(
                    [
                        [not dots[corner + int(down) * wide + int(right)] for right in middles]
                        for down in middles
                    ]
                )
    return found


def test_it_leaves_only_with_its_manifest(app: Flask) -> None:
    by = officer(app)
    with app.app_context():
        with transaction():
            uid, _references = pouch.filled(by)
            pouch.seal(uid, by)

        with pytest.raises(Conflict), transaction():
            travelling.send(uid, on=pouch.today(), courier="DHL", tracking="", actor=by)


@pytest.mark.parametrize("days", [-1, 1])
def test_it_leaves_between_the_sealing_and_today(app: Flask, days: int) -> None:
    by = officer(app)
    with app.app_context():
        with transaction():
            uid, _references = pouch.filled(by)
            pouch.seal(uid, by)
        pouch.make_manifest(uid)

        with pytest.raises(Invalid), transaction():
            on = pouch.today() + timedelta(days=days)
            travelling.send(uid, on=on, courier="DHL", tracking="", actor=by)


def test_each_case_goes_on_as_it_came_back(app: Flask) -> None:
    by = officer(app)
    with app.app_context():
        uid, (done, refused, incomplete, missing) = pouch.sent(by, 4)
        give_back(
            uid,
            {
                done: Found(result=Result.PRODUCED),
                refused: Found(result=Result.REFUSED, reason="لا قيد بهذا الاسم"),
                incomplete: Found(result=Result.INCOMPLETE, reason="ينقص التوقيع"),
            },
            by,
        )

        stands = {name: queries.get_case(name, by) for name in (done, refused, incomplete, missing)}
        assert [one.state for one in stands.values()] == [
            State.READY,
            State.REFUSED,
            State.IN_PROGRESS,
            State.IN_PROGRESS,
        ]
        assert stands[refused].refusal_note == "لا قيد بهذا الاسم"
        assert actions(done)[-2:] == [Action.CONSIGNED, Action.RETURNED]
        assert actions(incomplete)[-1] is Action.SENT_BACK
        assert actions(missing)[-1] is Action.NOT_RETURNED
        assert place_of(missing).result is Result.MISSING
        assert for_the_capital(by) == [incomplete]
        run = consignments.get_consignment(uid, by).return_run
        assert run is not None and run.ended_at is not None
        assert {one for _name, one in bulk.progress_of(run).results} == {Outcome.DONE}


def test_an_incomplete_case_travels_again(app: Flask) -> None:
    by = officer(app)
    with app.app_context():
        uid, (reference,) = pouch.sent(by)
        give_back(uid, {reference: Found(result=Result.INCOMPLETE, reason="Signature")}, by)
        with transaction():
            packing.put_in(changing.lock(queries.get_case(reference, by).id), actor=by)

        assert place_of(reference).consignment.state is ConsignmentState.OPEN


@pytest.mark.parametrize("result", [Result.REFUSED, Result.INCOMPLETE])
def test_what_the_capital_says_is_asked_for(app: Flask, result: Result) -> None:
    by = officer(app)
    with app.app_context():
        uid, (reference,) = pouch.sent(by)

        with pytest.raises(Invalid), transaction():
            found = {place_of(reference).uid: Found(result=result, reason=" ")}
            travelling.note_results(uid, found, actor=by)


def test_the_clock_stops_from_sent_to_returned(app: Flask) -> None:
    by = officer(app)
    with app.app_context():
        with time_machine.travel("2026-12-01T09:00:00Z", tick=False):
            uid, (reference,) = pouch.sent(by)
            before = queries.get_case(reference, by)
            due_on, since = before.due_on, before.waiting_since
            is_late = queue.count_late(by.post_id or 0, pouch.today() + timedelta(days=60))
            db.session.rollback()
        with time_machine.travel("2026-12-15T09:00:00Z", tick=False):
            give_back(uid, {reference: Found(result=Result.INCOMPLETE, reason="Signature")}, by)
            after = queries.get_case(reference, by)

        assert since is not None and is_late == (0, 0)
        assert after.waiting_since is None
        assert due_on is not None and after.due_on is not None
        # Two weeks without the day on which it left; a passport post works five days a week.
        assert after.due_on - due_on == timedelta(days=14)


def test_it_is_counted_from_the_day_that_was_named(app: Flask) -> None:
    by = officer(app)
    with app.app_context():
        with time_machine.travel("2026-12-01T09:00:00Z", tick=False), transaction():
            uid, (reference,) = pouch.filled(by)
            pouch.seal(uid, by)
        with time_machine.travel("2026-12-04T09:00:00Z", tick=False):
            pouch.make_manifest(uid)
            with transaction():
                on = pouch.days_ago(2)
                travelling.send(uid, on=on, courier="DHL", tracking="", actor=by)
            tasks.drain()

        since = queries.get_case(reference, by).waiting_since
        assert since is not None
        assert clock.local(since, "Europe/Moscow").date() == on


def test_a_case_that_was_missed_comes_with_another_consignment(app: Flask) -> None:
    by = officer(app)
    with app.app_context():
        first, (lost,) = pouch.sent(by)
        second, (listed,) = pouch.sent(by)
        with transaction():
            travelling.add_unexpected(second, lost, actor=by)
        give_back(second, {listed: Found(result=Result.PRODUCED)}, by)

        assert queries.get_case(lost, by).state is State.READY
        (place,) = consignments.list_items(consignments.get_consignment(first, by).id)
        assert place.result is Result.ELSEWHERE
        with transaction():
            travelling.give_back(first, on=pouch.today(), actor=by)
        assert consignments.get_consignment(first, by).state is ConsignmentState.RETURNED


def test_papers_that_travelled_without_being_listed_go_on(app: Flask) -> None:
    by = officer(app)
    with app.app_context():
        uid, (listed,) = pouch.sent(by)
        with transaction():
            stray = pouch.waiting(by).reference
            travelling.add_unexpected(uid, stray, actor=by)
        give_back(uid, {listed: Found(result=Result.PRODUCED)}, by)

        assert actions(stray)[-2:] == [Action.CONSIGNED, Action.RETURNED]
        assert queries.get_case(stray, by).state is State.READY


def test_a_request_that_is_not_expected_is_refused(app: Flask) -> None:
    by = officer(app)
    with app.app_context():
        uid, (listed,) = pouch.sent(by)
        with transaction():
            elsewhere = factory.taken(people.account(), by).reference
            _other, (packed,) = pouch.filled(by)

        for reference in (listed, elsewhere, packed, "JM-2222-2222-2"):
            with pytest.raises(Invalid), transaction():
                travelling.add_unexpected(uid, reference, actor=by)


def test_what_was_missed_and_is_found_goes_on(app: Flask) -> None:
    by = officer(app)
    with app.app_context():
        uid, (reference,) = pouch.sent(by)
        give_back(uid, {}, by)
        with transaction():
            found = {place_of(reference).uid: Found(result=Result.PRODUCED)}
            travelling.note_found(uid, found, on=pouch.today(), actor=by, key=new_uid())

        assert queries.get_case(reference, by).state is State.READY
        assert place_of(reference).result is Result.PRODUCED


@pytest.mark.race
def test_two_who_find_one_request_do_not_overwrite_each_other(racing_app: Flask) -> None:
    by = officer(racing_app)
    with racing_app.app_context():
        uid, (reference,) = pouch.sent(by)
        give_back(uid, {}, by)
        place = place_of(reference).uid
        db.session.close()
    raised: list[type[Exception]] = []

    def note(result: Result, reason: str = "") -> None:
        found = {place: Found(result=result, reason=reason)}
        travelling.note_found(uid, found, on=pouch.today(), actor=by, key=new_uid())

    def second() -> None:
        with racing_app.app_context():
            try:
                with transaction():
                    note(Result.REFUSED, "غير مسجل")
            except Conflict as refusal:
                raised.append(type(refusal))
            db.session.close()

    other = threading.Thread(target=second)
    with racing_app.app_context():
        with transaction():
            note(Result.PRODUCED)
            other.start()
            other.join(timeout=1)  # It has read by now, and waits for the request.
        other.join(timeout=60)

        assert raised == [Conflict]
        assert place_of(reference).result is Result.PRODUCED
        assert queries.get_case(reference, by).state is State.READY
        db.session.close()


def test_a_case_that_ended_on_its_way_has_a_result_of_its_own(app: Flask) -> None:
    by = officer(app)
    with app.app_context():
        uid, (left, withdrawn) = pouch.sent(by, 2)
        with transaction():
            case = queries.get_case(withdrawn, by)
            cases.withdraw(withdrawn, actor=by, seen=case.version, key=new_uid())
        produced = Found(result=Result.PRODUCED)
        give_back(uid, {left: produced, withdrawn: produced}, by)

        run = consignments.get_consignment(uid, by).return_run
        assert run is not None
        assert dict(bulk.progress_of(run).results) == {
            left: Outcome.DONE,
            withdrawn: Outcome.NOT_NOW,
        }
        assert queries.get_case(withdrawn, by).state is State.WITHDRAWN


def test_another_post_sees_nothing_of_it(app: Flask) -> None:
    by = officer(app)
    with app.app_context(), transaction():
        uid, _references = pouch.filled(by)
        elsewhere = Actor(
            kind=by.kind, id=by.id, post_id=(by.post_id or 0) + 1, roles=frozenset({Role.HEAD})
        )

        with pytest.raises(NotFound):
            consignments.get_consignment(uid, elsewhere)


def test_citizens_are_told_with_the_day(app: Flask) -> None:
    by = officer(app)
    with app.app_context():
        uid, (reference,) = pouch.sent(by)
        give_back(uid, {reference: Found(result=Result.INCOMPLETE, reason="Signature")}, by)
        case = queries.get_case(reference, by)
        news = db.session.scalars(
            select(Message).where(Message.case_id == case.id).order_by(Message.id)
        ).all()

        told = [(one.event, (one.payload or {}).get("on")) for one in news][-2:]
        day = pouch.today().isoformat()
        assert told == [("case_consigned", day), ("case_sent_back", day)]


def test_a_head_is_told_of_what_is_away_too_long(app: Flask) -> None:
    by = officer(app)
    with app.app_context():
        with time_machine.travel("2026-10-01T09:00:00Z", tick=False):
            pouch.sent(by)
        for moment, count in (("2026-11-15", 0), ("2026-11-16", 1)):
            with time_machine.travel(f"{moment}T09:00:00Z", tick=False):
                assert consignments.count_out_long(people.post(), pouch.today()) == count


def test_the_post_sets_after_how_many_days_the_head_is_told(app: Flask) -> None:
    by = officer(app)
    with app.app_context(), time_machine.travel("2026-10-01T09:00:00Z", tick=False):
        pouch.sent(by)
    admin = people.staff_visitor(app, Role.ADMIN)

    for days, sent, counted in (("20", 200, 0), ("19", 200, 1), ("0", 422, 1), ("366", 422, 1)):
        with time_machine.travel("2026-10-21T09:00:00Z", tick=False):
            admin.open("/en/admin/periods")
            page = admin.submit({"consignment_days": days})
            with app.app_context():
                count = consignments.count_out_long(people.post(), pouch.today())
        assert (page.status, count) == (sent, counted)


def test_the_worker_goes_on_behind_one_that_died(app: Flask) -> None:
    by = officer(app)
    with app.app_context():
        with transaction():
            uid, references = pouch.filled(by, 3)
            pouch.seal(uid, by)
        pouch.make_manifest(uid)
        with transaction():
            box = travelling.send(uid, on=pouch.today(), courier="DHL", tracking="", actor=by)
            run_uid = box.send_run.uid if box.send_run else ""
        with transaction():
            bulk.do_next(run_uid)
        with pytest.raises(RuntimeError), transaction():
            bulk.do_next(run_uid)
            raise RuntimeError("killed")
        tasks.drain()

        assert [actions(one).count(Action.CONSIGNED) for one in references] == [1, 1, 1]
        run = db.session.scalars(select(BulkRun).where(BulkRun.uid == run_uid)).one()
        assert run.ended_at is not None and run.action is BulkAction.SEND


Pack = Callable[[int, Actor], bool]


def race(app: Flask, officers: list[Actor], case_id: int, pack: Pack) -> Counter[bool]:
    """Have all officers pack one case at the same moment; return how many succeeded."""
    gate, done = threading.Barrier(len(officers)), []

    def work(one: Actor) -> None:
        with app.app_context():
            gate.wait()
            done.append(pack(case_id, one))
            db.session.close()

    threads = [threading.Thread(target=work, args=(one,)) for one in officers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert len(done) == len(officers)
    return Counter(done)


def racers(app: Flask) -> tuple[list[Actor], int]:
    with app.app_context(), transaction():
        pouch.offer()
        officers = [factory.officer() for _ in range(8)]
        return officers, pouch.waiting(officers[0]).id


def put_in(case_id: int, by: Actor) -> bool:
    while True:
        try:
            with transaction():
                packing.put_in(changing.lock(case_id), actor=by)
        except packing.AlreadyPacked:
            return False
        except OperationalError as busy:
            assert "database is locked" in str(busy)
        else:
            return True


def count_places(app: Flask, case_id: int) -> int:
    with app.app_context():
        query = select(func.count()).where(ConsignmentItem.case_id == case_id)
        return db.session.scalar(query) or 0


@pytest.mark.race
def test_eight_officers_pack_a_case_once(racing_app: Flask) -> None:
    officers, case_id = racers(racing_app)

    done = race(racing_app, officers, case_id, put_in)

    assert done == {True: 1, False: 7}
    assert count_places(racing_app, case_id) == 1


@pytest.mark.race
def test_without_the_constraint_it_is_packed_more_than_once(racing_app: Flask) -> None:
    """Look, then put in, without lock and index: the control that shows what they are for."""
    officers, case_id = racers(racing_app)
    all_have_looked = threading.Barrier(len(officers))
    with racing_app.app_context():
        with transaction():
            db.session.execute(text("DROP INDEX uq_consignment_item_out"))
        with transaction() as session:
            boxes = [packing._begin(officers[0].post_id or 0, officers[0])]
            for number in range(1, len(officers)):
                box = boxes[0]
                assert box is not None
                session.add(copied(box, number))

    def look_then_put(number: int, by: Actor) -> bool:
        is_packed = consignments.find_out(number) is not None
        box_id = db.session.scalars(select(Consignment.id).order_by(Consignment.id)).all()[
            officers.index(by)
        ]
        db.session.rollback()
        all_have_looked.wait()
        with transaction():
            case = db.session.get_one(Case, number)
            item = packing.add(db.session.get_one(Consignment, box_id), case, actor=by)
            db.session.add(item)
        return not is_packed

    done = race(racing_app, officers, case_id, look_then_put)

    assert done == {True: 8}
    assert count_places(racing_app, case_id) == 8


def copied(box: Consignment, number: int) -> Consignment:
    """Return a sealed consignment of the same post: the open one is one by a rule of its own."""
    return Consignment(
        post_id=box.post_id,
        data_key=box.data_key,
        state=ConsignmentState.SEALED,
        opened_by=box.opened_by,
        opened_at=box.opened_at,
        year=2026,
        number=number,
    )


def test_the_place_of_a_case_follows_from_its_events(app: Flask) -> None:
    by = officer(app)
    with app.app_context():
        _uid, (reference,) = pouch.sent(by)
        case = queries.get_case(reference, by)
        derived = rules.replay([step.kind for step in case.steps], actions(reference))

        assert derived == changing.standing(case)
        assert derived.is_away


def test_a_case_leaves_its_post_only_with_its_papers(app: Flask) -> None:
    by = officer(app)
    with app.app_context(), transaction():
        uid, (reference,) = pouch.filled(by)
        case = queries.get_case(reference, by)
        packing.let_leave(case, by)
        assert consignments.find_out(case.id) is None

        packing.put_in(changing.lock(case.id), actor=by)
        pouch.seal(uid, by)

        with pytest.raises(Conflict):
            packing.let_leave(case, by)
        assert consignments.find_out(case.id) is not None
