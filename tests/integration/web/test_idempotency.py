"""Keys of forms are kept as long as somebody may send the form again."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select

from app.core import clock
from app.core.db import db, transaction
from app.web import idempotency
from app.web.idempotency import IdempotencyKey


def kept(app: Flask, after: timedelta) -> int:
    with app.app_context(), transaction():
        idempotency.forget_old(clock.now() + after)
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(IdempotencyKey)) or 0


def test_a_key_is_forgotten_after_a_week(app: Flask) -> None:
    with app.app_context(), transaction():
        idempotency.remember("1", "filing.start", "abc", location="/ar/requests")

    assert kept(app, timedelta(days=6)) == 1
    assert kept(app, timedelta(days=8)) == 0
