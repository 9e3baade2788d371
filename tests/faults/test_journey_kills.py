"""Worker and broker killed by SIGKILL at each step of the journey of one request.

The real Celery worker, a real Valkey and a real mail server. The worker is killed by turns before
the step, between the content of the mail and the server's answer to it, and after that answer.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from pathlib import Path
from subprocess import Popen

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts import codes
from app.accounts.models import Account
from app.appointments import moving, schedule, visiting
from app.appointments import services as appointments
from app.appointments.models import Pool, Slot
from app.appointments.rules import LEAD
from app.cases import queries
from app.cases import services as cases
from app.cases.models import Case
from app.cases.rules import ItemState
from app.catalogue.models import Post
from app.core import clock
from app.core.actor import Actor
from app.core.db import db, new_uid, transaction
from app.notifications import rules, tasks
from app.notifications.models import Message, MessageState
from app.notifications.rules import SUPERSEDED, Channel
from tests.factories import cases as factory
from tests.factories import people, seats
from tests.faults.celery_worker import celery_worker
from tests.servers import Broker, MailServer, wait_until

pytestmark = [pytest.mark.race, pytest.mark.faults, pytest.mark.grid]

ADDRESS = "journey@example.org"
CALLED_S = 20.0
"""How long a worker that runs may take to send what a step told."""


class Kill(Enum):
    """When worker and broker are killed at a step."""

    BEFORE = "before the step"
    DURING = "while the mail server has the mail and has not answered"
    AFTER = "after the mail server has answered"


@dataclass(kw_only=True)
class Journey:
    """One request, and all who have a part in it; each step is one transaction."""

    app: Flask
    officer: Actor = field(init=False)
    account_id: int = field(init=False)
    reference: str = ""
    slots: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Set up a post where it is morning, with seats later today."""
        with self.app.app_context(), transaction():
            post = people.post()
            post.zone = _zone_of_morning()
            factory.offer()
            self.account_id = codes.open_account(ADDRESS, "ar").id
            self.officer = factory.officer()
            self.slots = _seats_of_today(post)

    @property
    def citizen(self) -> Actor:
        """Who files."""
        return factory.citizen(self.account)

    @property
    def account(self) -> Account:
        """The account of the citizen."""
        return db.session.get_one(Account, self.account_id)

    def case(self) -> Case:
        """Return the request as it stands."""
        return queries.get_case(self.reference, self.citizen)

    def ask_code(self) -> None:
        """Ask for a code to sign in."""
        codes.ask_code(ADDRESS, "ar")

    def submit(self) -> None:
        """File the request."""
        self.reference = factory.submitted(self.account).reference

    def take(self) -> None:
        """Take the case."""
        case = self.case()
        cases.take(case.reference, actor=self.officer, seen=case.version, key=new_uid())

    def ask_correction(self) -> None:
        """Ask for a better photo."""
        case = factory.reject(self.case(), "photo", self.officer)
        cases.ask_correction(
            case.reference,
            until_on=clock.today("UTC") + timedelta(days=14),
            actor=self.officer,
            seen=case.version,
            key=new_uid(),
        )

    def resubmit(self) -> None:
        """Send a better photo."""
        case = factory.attach(self.case(), "photo", self.citizen)
        cases.resubmit(case.reference, actor=self.citizen, seen=case.version, key=new_uid())

    def accept(self) -> None:
        """Accept what is left, and the case."""
        case = self.case()
        decided = {ItemState.RECEIVED, ItemState.REPLACED}
        left = {
            item.uid: cases.ItemDecision(verdict=cases.Verdict.ACCEPTED)
            for item in case.items
            if item.state in decided
        }
        case = cases.decide_items(
            case.reference, left, actor=self.officer, seen=case.version, key=new_uid()
        )
        cases.accept(case.reference, actor=self.officer, seen=case.version, key=new_uid())

    def book(self) -> None:
        """Hold a seat and confirm it."""
        booking = appointments.hold(self.case(), self.slots[0], actor=self.citizen)
        appointments.confirm(booking.uid, actor=self.citizen)

    def move(self) -> None:
        """Move the visit to another time."""
        uid = appointments.hold(self.case(), self.slots[0], actor=self.citizen).uid
        moving.offer_move(uid, self.slots[1], actor=self.citizen)
        moving.confirm_move(uid, actor=self.citizen)

    def come(self) -> None:
        """Be checked in."""
        visiting.check_in(self.reference, actor=self.officer)

    def serve(self) -> None:
        """Have everything done at the counter."""
        seen = self.case().version
        visiting.serve(self.reference, actor=self.officer, seen=seen, key=new_uid())

    def produce(self) -> None:
        """Have the document made."""
        seen = self.case().version
        cases.produced(self.reference, actor=self.officer, seen=seen, key=new_uid())

    def hand_over(self) -> None:
        """Collect it."""
        seen = self.case().version
        factory.hand_over(self.reference, actor=self.officer, seen=seen, key=new_uid())


STEPS: tuple[Callable[[Journey], None], ...] = (
    Journey.ask_code,
    Journey.submit,
    Journey.take,
    Journey.ask_correction,
    Journey.resubmit,
    Journey.accept,
    Journey.book,
    Journey.move,
    Journey.come,
    Journey.serve,
    Journey.produce,
    Journey.hand_over,
)


def _zone_of_morning() -> str:
    """Return a zone where it is between eight and nine in the morning now."""
    ahead = (8 - clock.now().hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/UTC"  # the names count the other way round


def _seats_of_today(post: Post) -> list[int]:
    """Return the first slots of two free visits later today; a visit takes two slots."""
    pool: Pool = seats.make_pool(post, site=seats.make_site(post, code="moscow").code)
    seats.make_hours(pool, opens="08:00", closes="18:00")  # the worker makes slots of them, too
    schedule.make_slots(pool)
    later = select(Slot.id).where(Slot.starts_at > clock.now() + LEAD)
    found = list(db.session.scalars(later.order_by(Slot.starts_at).limit(5)))
    return [found[0], found[4]]


@pytest.fixture
def journey(ringing_app: Flask) -> Journey:
    """Be a journey that has not begun."""
    return Journey(app=ringing_app)


class Hall:
    """The worker, the broker and the mail server, all of which can be stopped in a moment."""

    def __init__(self, app: Flask, broker: Broker, mail: MailServer, folder: Path) -> None:
        """Take over a broker and a mail server that run."""
        self.app, self.broker, self.mail, self.folder = app, broker, mail, folder
        self.kills = Counter[Kill]()

    def walk(self, step: Callable[[Journey], None], journey: Journey, kill: Kill) -> None:
        """Take a step with a worker beside it that is killed, and the broker with it."""
        log = self.folder / f"{step.__name__}.log"
        beat = str(self.folder / f"{step.__name__}.beat")
        with celery_worker(self.app.config["SETTINGS"], log, "-B", "-s", beat) as worker:
            if kill is Kill.BEFORE:
                self._kill(worker)
            if kill is Kill.DURING:
                self.mail.before_answer = worker.kill
            before = self.waiting()
            with self.app.app_context(), transaction():
                step(journey)
            self._await_end(worker, kill, before)
            self.mail.before_answer = None
        self.kills[kill] += 1
        self.broker.kill()
        self.broker.start()

    def _kill(self, worker: "Popen[bytes]") -> None:
        worker.kill()
        self.broker.kill()

    def _await_end(self, worker: "Popen[bytes]", kill: Kill, before: set[int]) -> None:
        if kill is Kill.AFTER:
            wait_until(lambda: self.waiting() <= before, what="the mail", seconds=CALLED_S)
        if kill is Kill.DURING and self.waiting() - before:
            wait_until(lambda: worker.poll() is not None, what="the kill", seconds=CALLED_S)

    def waiting(self) -> set[int]:
        """Return the ids of mails that no worker has begun to send, or a dead one keeps."""
        idle = (MessageState.PENDING, MessageState.CLAIMED)
        mails = select(Message.id).where(Message.channel == Channel.EMAIL)
        with self.app.app_context():
            return set(db.session.scalars(mails.where(Message.state.in_(idle))))


@pytest.fixture
def hall(ringing_app: Flask, doorbell: Broker, mail: MailServer, tmp_path: Path) -> Iterator[Hall]:
    """Be the place where everything happens."""
    yield Hall(ringing_app, doorbell, mail, tmp_path)
    mail.before_answer = None


def test_kills_at_each_step_of_the_journey_lose_no_message_and_send_none_twice(
    journey: Journey, hall: Hall
) -> None:
    for number, step in enumerate(STEPS):
        hall.walk(step, journey, list(Kill)[number % len(Kill)])
    _let_a_healthy_worker_finish(hall.app)

    every, useless = _states(hall.app), _useless(hall.app)
    states = {uid: state for uid, state in every.items() if uid not in useless}
    arrived = _arrived(hall.mail)
    assert set(states.values()) <= {MessageState.ACCEPTED, MessageState.UNKNOWN}
    assert Counter(arrived.values()) == {1: len(arrived)}, "a message came twice"
    assert not useless & set(arrived), "what was useless came"
    accepted = {uid for uid, state in states.items() if state is MessageState.ACCEPTED}
    assert accepted <= set(arrived), "a message counts as accepted and did not come"
    assert MessageState.UNKNOWN in states.values(), "no kill fell into a call: the rig is blunt"
    assert len(every) >= 8
    assert min(hall.kills.values()) == len(STEPS) // len(Kill)


def _let_a_healthy_worker_finish(app: Flask) -> None:
    """Do what a worker does once the leases of the dead ones are over."""
    later = clock.now() + rules.LEASE + timedelta(seconds=5)
    with time_machine.travel(later), app.app_context():
        tasks.drain()


def _states(app: Flask) -> dict[str, MessageState]:
    with app.app_context():
        rows = db.session.scalars(select(Message).where(Message.channel == Channel.EMAIL))
        return {row.uid: row.state for row in rows}


def _useless(app: Flask) -> set[str]:
    """Return the uids of mails that a later one made useless before they went."""
    useless = Message.channel == Channel.EMAIL, Message.last_error == SUPERSEDED
    with app.app_context():
        return set(db.session.scalars(select(Message.uid).where(*useless)))


def _arrived(mail: MailServer) -> Counter[str]:
    """Return how often each message arrived, by the uid that its Message-ID carries."""
    ids = [str(message["Message-ID"]) for _, message in mail.received]
    return Counter(one.strip("<>").split("@")[0] for one in ids)
