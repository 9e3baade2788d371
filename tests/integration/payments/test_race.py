"""Many cashiers at once: numbers without gaps, beside a control that counts without a lock."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError

from app.cases import changing, queries
from app.cases.models import Case
from app.core.actor import Actor
from app.core.db import db, new_uid, transaction
from app.core.errors import Invalid
from app.payments.models import Receipt
from app.payments.services import debts, taking
from tests.factories import cases as factory
from tests.factories import crowd, families, money, people

pytestmark = pytest.mark.race
CASHIERS, EACH = 4, 6


class Change(Exception):
    """Ends every third payment: what was given is handed back before the receipt is printed."""


def prepare(app: Flask) -> tuple[list[Actor], list[str]]:
    with app.app_context(), transaction():
        first = factory.submitted(people.account())
        crowd.clone(first, CASHIERS * EACH - 1)
        cashiers = [money.cashier() for _ in range(CASHIERS)]
    with app.app_context():
        references = list(db.session.scalars(select(Case.reference)))
        db.session.close()
    return cashiers, references


def run_all(work: Callable[[int], None], number: int) -> None:
    """Have as many threads work at once, and wait for all of them."""
    threads = [threading.Thread(target=work, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=240)
    assert not any(thread.is_alive() for thread in threads)


def race(app: Flask, cashiers: list[Actor], references: list[str]) -> list[str]:
    """Have every cashier take their share; return the names of what else was raised."""
    gate, raised = threading.Barrier(len(cashiers)), list[str]()

    def work(number: int) -> None:
        with app.app_context():
            gate.wait()
            for turn, reference in enumerate(references[number :: len(cashiers)]):
                if turn % 3 == 2:
                    _take(reference, cashiers[number], is_undone=True, raised=raised)
                _take(reference, cashiers[number], is_undone=False, raised=raised)
            db.session.close()

    run_all(work, len(cashiers))
    return raised


def _take(reference: str, by: Actor, *, is_undone: bool, raised: list[str]) -> None:
    try:
        with transaction():
            taking.take_cash(reference, "USD", money.FEE, actor=by, key=new_uid())
            if is_undone:
                raise Change
    except Change:
        pass
    except (IntegrityError, OperationalError, Invalid) as error:
        raised.append(type(error).__name__)


def numbers(app: Flask) -> list[int]:
    with app.app_context():
        found = list(db.session.scalars(select(Receipt.number).order_by(Receipt.number)))
        db.session.close()
        return found


def test_the_numbers_of_a_race_have_no_gap(racing_app: Flask) -> None:
    cashiers, references = prepare(racing_app)

    raised = race(racing_app, cashiers, references)

    assert raised == []
    assert numbers(racing_app) == list(range(1, CASHIERS * EACH + 1))


def test_a_count_without_the_lock_would_be_caught(
    racing_app: Flask, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the next number read from the receipts gives the same one twice.

    On SQLite one writer at a time makes even that right, so only PostgreSQL can show it.
    """
    cashiers, references = prepare(racing_app)
    both = threading.Barrier(2, timeout=5)

    def unlocked(post_id: int, year: int) -> int:
        last = db.session.scalar(
            select(func.max(Receipt.number)).where(Receipt.post_id == post_id, Receipt.year == year)
        )
        _meet(both)
        return (last or 0) + 1

    monkeypatch.setattr(taking, "_next_number", unlocked)
    raised = race(racing_app, cashiers[:2], references[:2])

    assert (raised != []) is (engine == "postgresql")


def _meet(both: threading.Barrier) -> None:
    with suppress(threading.BrokenBarrierError):
        both.wait(timeout=1)


def household(app: Flask) -> tuple[list[Actor], list[str]]:
    """Return cashiers with open desks, and the references of a filing of three."""
    with app.app_context(), transaction():
        family = families.submitted(people.account(), 3)
        return [money.cashier() for _ in range(CASHIERS)], [case.reference for case in family]


def race_for_a_household(app: Flask, cashiers: list[Actor], references: list[str]) -> list[str]:
    """Have all take the money of one household at once; return what was raised."""
    gate, raised = threading.Barrier(len(cashiers)), list[str]()

    def work(number: int) -> None:
        with app.app_context():
            gate.wait()
            reference = references[number % len(references)]
            try:
                with transaction():
                    money.paid_together_of(reference, cashiers[number], amount=3 * money.FEE)
            except (IntegrityError, OperationalError, Invalid) as error:
                raised.append(type(error).__name__)
            db.session.close()

    run_all(work, len(cashiers))
    return raised


def test_a_household_pays_once_at_many_counters(racing_app: Flask) -> None:
    cashiers, references = household(racing_app)

    raised = race_for_a_household(racing_app, cashiers, references)

    assert raised == ["Invalid"] * (CASHIERS - 1)
    assert numbers(racing_app) == [1, 1, 1]


def test_without_the_locks_a_household_would_pay_twice_but_for_the_database(
    racing_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what is due is read by all before any of them has its locks.

    Then nothing but the key of the receipts stands between a household and paying twice.
    """
    cashiers, references = household(racing_app)
    both, due = threading.Barrier(2, timeout=20), debts.due

    def read_early(reference: str, actor: Actor) -> list[Case]:
        return [queries.get_case(one, actor) for one in references]

    def before_anybody_locks(locked: Sequence[Case], currency: str) -> debts.Debt:
        found, keys = due(locked, currency), [case.id for case in locked]
        db.session.rollback()
        both.wait()
        db.session.connection(execution_options={"writer": True})
        for case_id in keys:
            changing.lock(case_id)
        return found

    monkeypatch.setattr(debts, "lock_filing", read_early)
    monkeypatch.setattr(debts, "due", before_anybody_locks)
    raised = race_for_a_household(racing_app, cashiers[:2], references)

    assert raised == ["IntegrityError"]
    assert numbers(racing_app) == [1, 1, 1]


def test_one_fee_is_taken_once_by_two_cashiers(racing_app: Flask) -> None:
    cashiers, references = prepare(racing_app)
    twice = [references[0]] * CASHIERS

    raised = race(racing_app, cashiers, twice)

    assert raised == ["Invalid"] * (CASHIERS - 1)
    assert numbers(racing_app) == [1]
