"""The master key is changed while everything runs, and the command says when the old one may go."""

import base64
from collections.abc import Iterator

import pytest
from flask import Flask

from app.core import clock, crypto
from app.core.crypto import DataKey, Keyring, new_data_key
from app.core.db import db, transaction
from app.jobs import rewrapping, tasks

OLD, NEW = (base64.b64encode(sign * 32).decode() for sign in (b"o", b"n"))


@pytest.fixture
def keys(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Be the uids of five data keys of before the change, one of them destroyed."""
    monkeypatch.setattr(rewrapping, "AT_ONCE", 2)
    rewrapping.register_jobs()
    monkeypatch.setitem(app.extensions, "keyring", Keyring.of((OLD,), OLD))
    with app.app_context(), transaction() as session:
        rows = [new_data_key(clock.now()) for _ in range(5)]
        rows[2].wrapped = None
        session.add_all(rows)
        uids = [row.uid for row in rows]
    monkeypatch.setitem(app.extensions, "keyring", Keyring.of((NEW, OLD), OLD))
    yield uids


def raw(app: Flask, uid: str) -> bytes:
    with app.app_context():
        key = db.session.query(DataKey).filter_by(uid=uid).one()
        return crypto.keyring().unwrap(key.wrapped or b"", uid)


@pytest.mark.proves("S42")
def test_all_keys_are_wrapped_anew_and_stay_the_same(app: Flask, keys: list[str]) -> None:
    before = raw(app, keys[0])
    run = app.test_cli_runner().invoke
    assert run(args=["count-keys"]).exit_code == 1

    assert run(args=["rewrap-keys"]).exit_code == 0
    with app.app_context():
        tasks.drain()

    counted = run(args=["count-keys"])
    assert (counted.exit_code, "(old): 0" in counted.output) == (0, True)
    app.extensions["keyring"] = Keyring.of((NEW,), OLD)
    assert raw(app, keys[0]) == before
    with app.app_context():
        assert db.session.query(DataKey).filter_by(uid=keys[2]).one().wrapped is None


@pytest.mark.proves("S42")
def test_a_run_that_was_broken_off_goes_on(
    app: Flask, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewrapping, "PARTS", 1)
    with app.app_context():
        with transaction():
            rewrapping.begin()
        tasks._run_next()
        assert rewrapping.count_by_master()[crypto.keyring().current] == 2
        tasks.drain()
        assert len(rewrapping.count_by_master()) == 1


@pytest.mark.proves("S41", "data_ops-001")
def test_a_key_that_nobody_can_open_holds_up_no_other(app: Flask, keys: list[str]) -> None:
    with app.app_context():
        with transaction() as session:
            session.query(DataKey).filter_by(uid=keys[0]).update(
                {"wrapped": b"deadbeef" + b"x" * 60}
            )
        with transaction():
            rewrapping.begin()
        tasks.drain()
        counts = rewrapping.count_by_master()
    assert counts == {"deadbeef": 1, Keyring.of((NEW,), OLD).current: 3}
