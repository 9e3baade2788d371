"""Many texts at once to a gateway that honours keys: in one call, or side by side."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, func, select, update

from app.core import clock
from app.core.db import db, transaction
from app.demo import gateway as demo
from app.demo.gateway import Gateway, Mode
from app.notifications import batches, delivery, gateways, rules, services, tasks, together
from app.notifications.channels import sms
from app.notifications.models import Channel, Message, MessageAttempt, MessageState
from app.notifications.rules import Provider, Reply, Result
from tests import servers
from tests.factories import messages, people
from tests.integration.notifications import answers

KNOWS = Provider(name="demo", key_life=timedelta(hours=24))


@pytest.fixture(params=[50, 1])
def gateway(
    request: pytest.FixtureRequest, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Gateway]:
    """Be the one provider, which takes so many in one call."""
    with servers.gateway() as server:
        server.at_once, server.slow_s, server.silent_s = request.param, 0.05, 5
        settings = replace(app.config["SETTINGS"], sms_gateways=servers.gateways_of(server))
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        yield server


def phone(number: int) -> str:
    return f"+7916000{number:04}"


def told(app: Flask, *numbers: int, priority: int | None = None) -> None:
    with app.app_context(), transaction():
        people.post()
        for number in numbers:
            services.tell_address(
                "case_submitted",
                address=phone(number),
                language=("ar", "ru", "en")[number % 3],
                dedupe=f"n{number}",
                payload={"reference": f"JM-7K4P-{number:04}-H"},
                priority=priority,
                channel=Channel.SMS,
            )


def drained(app: Flask, after: timedelta = timedelta(0)) -> int:
    with time_machine.travel(clock.now() + after, tick=False), app.app_context():
        return tasks.drain()


def states(app: Flask) -> dict[MessageState, int]:
    with app.app_context():
        counted = select(Message.state, func.count()).group_by(Message.state)
        return {state: count for state, count in db.session.execute(counted)}


def test_each_gets_its_own_text_in_its_own_language_once(app: Flask, gateway: Gateway) -> None:
    told(app, *range(12))

    assert drained(app) == 12
    assert gateway.calls == (1 if gateway.at_once > 1 else 12)
    for number in range(12):
        (text,) = gateway.texts_to(phone(number))
        assert f"JM-7K4P-{number:04}-H" in text
        assert f"/{('ar', 'ru', 'en')[number % 3]}/requests/" in text
    with app.app_context():
        rows = db.session.scalars(select(Message)).all()
        tried = db.session.scalars(select(MessageAttempt)).all()
        named = {taken.key: taken.id for taken in gateway.ledger}
        assert {row.uid: row.provider_ref for row in rows} == named
        assert {(one.key, one.number, one.outcome) for one in tried} == {
            (row.uid, 1, "accepted") for row in rows
        }


@pytest.mark.parametrize(("mode", "result", "taken"), answers.OUTCOMES)
def test_each_answer_is_told_apart_for_all_of_a_batch(
    gateway: Gateway, mode: Mode, result: Result, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sms, "PATIENCE_S", 0.5)
    gateway.mode = mode
    (described,) = gateways.read(servers.gateways_of(gateway))
    line = sms.Line(described)
    line.ready()

    letters = [(sms.Short(to=phone(number), text="مرحبا"), f"k{number}") for number in range(3)]
    replies = line.send_all(letters)
    line.close()

    assert [reply.result for reply in replies] == [result] * 3
    assert len(gateway.ledger) == 3 * taken


def test_what_may_have_gone_out_goes_again_under_its_key(app: Flask, gateway: Gateway) -> None:
    gateway.behave = lambda call: Mode.RESET if call <= 5 else Mode.OK
    told(app, *range(5))
    for minutes in (0, 10, 20, 30, 40, 50, 60):
        drained(app, timedelta(minutes=minutes))

    assert states(app) == {MessageState.ACCEPTED: 5}
    assert len(gateway.ledger) == 5


def test_urgent_ones_go_first(app: Flask, gateway: Gateway) -> None:
    told(app, 1, 2, priority=9)
    told(app, 3, priority=1)
    with app.app_context(), transaction():
        batch = batches.claim(Channel.SMS, clock.now(), 2)

    assert batch is not None
    assert [one.dedupe_key for one in batch.messages] == ["n3:sms", "n1:sms"]


def test_one_that_was_cancelled_meanwhile_is_not_sent(
    app: Flask, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = batches.mark

    def cancel_and_mark(*arguments: object) -> frozenset[int]:
        one = Message.dedupe_key == "n1:sms"
        db.session.execute(update(Message).where(one).values(state=MessageState.CANCELLED))
        return mark(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(batches, "mark", cancel_and_mark)
    told(app, 0, 1, 2)

    assert drained(app) == 2
    assert gateway.texts_to(phone(1)) == []
    assert states(app) == {MessageState.ACCEPTED: 2, MessageState.CANCELLED: 1}


def test_one_that_cannot_be_written_keeps_no_other(app: Flask, gateway: Gateway) -> None:
    told(app, 0, 1, 2)
    with app.app_context(), transaction():
        one = Message.dedupe_key == "n1:sms"
        db.session.execute(update(Message).where(one).values(event="no_such_event"))

    assert drained(app) == 2
    assert states(app) == {MessageState.ACCEPTED: 2, MessageState.DEAD: 1}


def test_one_that_is_late_and_cannot_be_read_keeps_no_other(app: Flask, gateway: Gateway) -> None:
    """Whether it is quiet at a reader is asked of what was held up, by the moment that it names."""
    with app.app_context(), transaction():
        people.post()
        for number in (1, 2):
            account = messages.on_the_phone(phone=phone(number))
            told = messages.payload("booking_moved")
            services.tell("booking_moved", account_id=account.id, dedupe=f"n{number}", payload=told)
        row = messages.text_of("n1")
        row.payload = {**(row.payload or {}), "starts_at": "soon"}

    drained(app, timedelta(hours=1))

    assert states(app)[MessageState.ACCEPTED] == 1
    assert states(app)[MessageState.DEAD] == 1


def test_a_worker_that_lost_its_lease_changes_nothing(app: Flask) -> None:
    told(app, 1, 2)
    with app.app_context():
        with transaction():
            batch = batches.claim(Channel.SMS, clock.now(), 10)
        assert batch is not None
        with transaction():
            other = batches.claim(Channel.SMS, clock.now() + rules.LEASE * 2, 10)
            assert other is None, "what a worker held goes by itself"
            assert batches.mark(batch.messages, "another fence", KNOWS) == frozenset()
            reply = rules.Reply(result=Result.ACCEPTED, reference="x")
            call = batches.Call.of(batch.messages[0], reply)
            batches.record([call], batch.fence)
    assert states(app) == {MessageState.CLAIMED: 2}


def test_what_a_worker_died_over_goes_with_few_others(app: Flask, gateway: Gateway) -> None:
    told(app, *range(4))
    with app.app_context(), transaction():
        assert batches.claim(Channel.SMS, clock.now(), 2) is not None
    assert drained(app, rules.LEASE * 2) == 4

    with app.app_context():
        fallen = select(Message.dedupe_key).where(Message.has_fallen).order_by(Message.id)
        assert list(db.session.scalars(fallen)) == ["n0:sms", "n1:sms"]
        assert not db.session.scalar(select(func.count()).where(Message.is_alone))
        died = select(func.count()).where(MessageAttempt.outcome == "died_among")
        assert db.session.scalar(died) == 2
    assert len(gateway.ledger) == 4


@pytest.mark.parametrize("in_batch", [False, True])
def test_a_message_is_given_up_after_three_deaths_the_last_by_itself(
    app: Flask, gateway: Gateway, in_batch: bool
) -> None:
    told(app, 1)
    with app.app_context():
        for number in range(rules.MOST_DEATHS):
            with transaction():
                taken(in_batch=in_batch and number == 0, hours=number)
        assert messages.text_of("n1").state is MessageState.CLAIMED
        with transaction():
            assert delivery.claim(Channel.SMS, clock.now() + timedelta(hours=9)) is None
        assert messages.text_of("n1").state is MessageState.DEAD


@pytest.mark.parametrize(("in_batch", "outcome"), [(False, "lost"), (True, "lost_among")])
def test_a_death_over_the_call_says_whether_it_was_alone(
    app: Flask, gateway: Gateway, in_batch: bool, outcome: str
) -> None:
    told(app, 1)
    with app.app_context():
        with transaction():
            claim = taken(in_batch=in_batch)
        with transaction():
            delivery.mark(claim.id, claim.fence, KNOWS)
        with transaction():
            delivery.claim(Channel.SMS, clock.now() + rules.LEASE * 2)
        assert db.session.scalars(select(MessageAttempt.outcome)).all() == [outcome]


def test_what_a_worker_says_after_it_was_taken_for_dead_over_a_batch_still_counts(
    app: Flask, gateway: Gateway
) -> None:
    told(app, 1)
    with app.app_context():
        with transaction():
            claim = taken(in_batch=True)
        with transaction():
            delivery.mark(claim.id, claim.fence, Provider(name="demo"))
        with transaction():
            delivery.claim(Channel.SMS, clock.now() + rules.LEASE * 2)
        with transaction():
            reply = Reply(result=Result.ACCEPTED, reference="m1")
            batches.record([batches.Call(id=claim.id, number=1, reply=reply)], claim.fence)
        assert db.session.scalars(select(MessageAttempt.outcome)).all() == ["accepted"]
    assert states(app) == {MessageState.ACCEPTED: 1}


def taken(*, in_batch: bool, hours: int = 0) -> delivery.Claim:
    """Be a worker that ends some hours from now with the one message in its hands."""
    then = clock.now() + timedelta(hours=hours)
    if not in_batch:
        claim = delivery.claim(Channel.SMS, then)
        assert claim is not None
        return claim
    batch = batches.claim(Channel.SMS, then, 2)
    assert batch is not None
    return delivery.Claim(id=batch.messages[0].id, fence=batch.fence)


def test_a_gateway_that_is_away_lets_the_others_wait(
    app: Flask, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = app.config["SETTINGS"].sms_gateways
    gone = named.replace(str(gateway.server_port), str(servers.free_port()))
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], sms_gateways=gone))
    told(app, *range(4))

    assert drained(app) == 0
    assert states(app) == {MessageState.PENDING: 3, MessageState.RETRY_WAIT: 1}
    with app.app_context():
        assert db.session.scalar(select(func.count(MessageAttempt.id))) == 1


def test_as_many_statements_for_many_as_for_one(app: Flask, gateway: Gateway) -> None:
    def counted(*numbers: int) -> int:
        told(app, *numbers)
        seen: list[str] = []

        def see(*about: object) -> None:
            seen.append(str(about[2]))

        with app.app_context():
            event.listen(db.engine, "before_cursor_execute", see)
        drained(app)
        with app.app_context():
            event.remove(db.engine, "before_cursor_execute", see)
        return len(seen)

    counted(0)
    assert counted(1) == counted(*range(2, 22))


def test_accounts_are_reached_by_their_phones(app: Flask, gateway: Gateway) -> None:
    with app.app_context(), transaction():
        people.post()
        for number in range(3):
            account = messages.on_the_phone("ar", phone(number))
            payload = messages.payload("case_submitted")
            services.tell(
                "case_submitted", account_id=account.id, dedupe=f"a{number}", payload=payload
            )

    assert drained(app) == 3
    assert {taken.to for taken in gateway.ledger} == {phone(0), phone(1), phone(2)}


def test_an_early_receipt_is_applied_to_its_message(app: Flask, gateway: Gateway) -> None:
    said = demo.receipt(event="e1", message="demo-1", at=clock.now())
    path = "/messages/receipts/demo"
    assert app.test_client().post(path, data=said.body, headers=said.headers).status_code == 204
    told(app, 1, 2)

    drained(app)
    assert states(app) == {MessageState.DELIVERED: 1, MessageState.ACCEPTED: 1}


def test_a_call_that_is_refused_for_one_keeps_no_other(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the key of each, the messages of a refused call go again one by one."""
    with servers.gateway() as server:
        server.at_once = 50
        server.behave = lambda call: Mode.REFUSING if call in (1, 3) else Mode.OK
        settings = replace(app.config["SETTINGS"], sms_gateways=servers.gateways_of(server))
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        told(app, *range(4))

        assert drained(app) == 3
        assert states(app) == {MessageState.ACCEPTED: 3, MessageState.DEAD: 1}


def test_one_at_a_time_where_any_of_the_ways_takes_no_more() -> None:
    with servers.gateway() as knows, servers.gateway(name="other", knows_keys=False) as forgets:
        ways = [sms.Line(one) for one in gateways.read(servers.gateways_of(knows, forgets))]
    assert together.most_at_once(ways[:1]) > 1
    assert together.most_at_once(ways) == 1


def test_a_message_that_takes_all_memory_is_given_up_after_three_times(
    app: Flask, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It kills no worker where the memory of the machine lasts, and is no less deadly for it."""
    told(app, 1)
    with app.app_context():
        for _ in range(rules.MOST_DEATHS):
            later = clock.now() + timedelta(hours=1)
            with transaction():
                claim = delivery.claim(Channel.SMS, later)
                assert claim is not None
                delivery.faint(claim.id, claim.fence)
    assert states(app) == {MessageState.DEAD: 1}
