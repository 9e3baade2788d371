"""What the database itself keeps of messages: states that do not go back, calls as they were."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import create_engine, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import NullPool

from app.core import clock
from app.core.db import constraint_of, db, transaction
from app.notifications import delivery, rules, tasks
from app.notifications.models import Channel, Message, MessageAttempt, MessageState
from app.notifications.rules import Provider, Reply, Result
from tests.factories import messages
from tests.servers import MailServer

PAIRS = [(before, after) for before in MessageState for after in MessageState]
SERVER = Provider(name="smtp")


def told(app: Flask) -> int:
    """Return the id of a mail that waits."""
    with app.app_context(), transaction():
        return messages.told(account=messages.reachable()).id


def is_refused(guard: str, change: Callable[[], object]) -> bool:
    """Return whether a change is refused by a guard of the database, and take it back."""
    try:
        with db.session.begin_nested() as part:
            change()
            part.rollback()
    except IntegrityError as error:
        assert constraint_of(error) == guard
        return True
    return False


def test_the_database_refuses_what_the_rules_refuse(app: Flask) -> None:
    message_id = told(app)

    with app.app_context(), transaction():
        refused = [pair for pair in PAIRS if _is_turned_back(message_id, *pair)]

    assert refused == [pair for pair in PAIRS if not rules.may_become(*pair)]
    assert refused


def _is_turned_back(message_id: int, before: MessageState, after: MessageState) -> bool:
    moved = update(Message).where(Message.id == message_id)

    def change() -> None:
        db.session.execute(moved.values(state=before))
        db.session.execute(moved.values(state=after))

    return is_refused("tg_message_goes_on", change)


def sent_by_hand(app: Flask, result: Result) -> MessageAttempt:
    """Return the evidence of a call that ended so."""
    told(app)
    with app.app_context(), transaction():
        claim = delivery.claim(Channel.EMAIL, clock.now())
        assert claim is not None
        delivery.mark(claim.id, claim.fence, SERVER)
        delivery.record(claim.id, claim.fence, 1, Reply(result=result, code=250))
    with app.app_context():
        return db.session.scalars(select(MessageAttempt)).one()


@pytest.mark.parametrize(
    ("result", "is_final"), [(Result.ACCEPTED, True), (Result.AMBIGUOUS, False)]
)
def test_what_is_known_of_a_call_is_kept(app: Flask, result: Result, is_final: bool) -> None:
    sent_by_hand(app, result)

    def rewrite() -> None:
        db.session.execute(update(MessageAttempt).values(outcome="refused"))

    def blame() -> None:
        db.session.execute(update(MessageAttempt).values(provider="another"))

    with app.app_context(), transaction():
        assert is_refused("tg_message_attempt_kept", rewrite) is is_final
        assert is_refused("tg_message_attempt_kept", blame)


def test_each_call_leaves_its_evidence(app: Flask) -> None:
    attempt = sent_by_hand(app, Result.ACCEPTED)

    assert (attempt.number, attempt.provider, attempt.key) == (1, "smtp", None)
    assert (attempt.outcome, attempt.code) == ("accepted", 250)
    assert attempt.ended_at is not None and attempt.ended_at >= attempt.started_at


@pytest.mark.race
def test_the_call_of_a_provider_holds_no_transaction(racing_app: Flask, mail: MailServer) -> None:
    """The mark is there for all to see, and nothing is locked, while the server has the mail."""
    seen: list[tuple[str, int]] = []
    url = racing_app.config["SETTINGS"].database_url
    other = create_engine(url, poolclass=NullPool)

    def look() -> None:
        with other.begin() as connection:
            state = connection.execute(text("SELECT state FROM message WHERE channel = 'email'"))
            connection.execute(text("UPDATE message SET read_at = NULL"))
            idle = 0 if url.startswith("sqlite") else connection.scalar(text(IDLE))
            seen.append((state.scalar_one(), idle or 0))

    told(racing_app)
    mail.before_answer = look
    with racing_app.app_context():
        assert tasks.drain() == 1
    mail.before_answer = None
    other.dispose()

    assert seen == [("sending", 0)]


IDLE = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND state LIKE 'idle in transaction%'"
)
