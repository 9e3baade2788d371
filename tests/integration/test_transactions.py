"""One transaction for each view, task or command, and the doorbell after it."""

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from app.catalogue.models import Post
from app.core.db import constraint_of, db, ring_after_commit, transaction
from tests.factories import people


def test_a_doorbell_rings_once_and_only_after_the_commit(app: Flask) -> None:
    rung: list[str] = []

    def ring() -> None:
        rung.append("rung")

    with app.app_context():
        with transaction():
            ring_after_commit(ring)
            ring_after_commit(ring)
            assert rung == []
        assert rung == ["rung"]


def test_a_transaction_that_fails_rings_nothing_and_keeps_nothing(app: Flask) -> None:
    rung: list[str] = []
    with app.app_context():
        with pytest.raises(LookupError), transaction():
            people.post()
            ring_after_commit(lambda: rung.append("rung"))
            raise LookupError
        assert rung == []
        assert db.session.query(Post).count() == 0


def test_transactions_do_not_nest(app: Flask) -> None:
    with (
        app.app_context(),
        transaction(),
        pytest.raises(RuntimeError, match="does not nest"),
        transaction(),
    ):
        pass


def test_a_commit_outside_the_boundary_is_refused(app: Flask) -> None:
    with app.app_context():
        db.session.add(Post(code="x", prefix="XX", name={}, zone="UTC", week=[], languages=[]))
        with pytest.raises(RuntimeError, match="outside transaction"):
            db.session.commit()
        db.session.rollback()


def test_a_constraint_has_the_same_name_on_both_engines(app: Flask) -> None:
    with app.app_context(), pytest.raises(IntegrityError) as refused, transaction():
        people.post()
        db.session.add(Post(code="moscow", prefix="XX", name={}, zone="UTC", week=[], languages=[]))

    assert constraint_of(refused.value) == "uq_post_code"
