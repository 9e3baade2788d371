"""Accounts and staff, and visitors who are signed in as one."""

from collections.abc import Iterable

from flask import Flask
from sqlalchemy import select

from app.accounts import sessions
from app.accounts.models import Account, StaffMember, StaffRole
from app.catalogue.models import Post
from app.core import clock
from app.core.actor import Role
from app.core.crypto import new_data_key
from app.core.db import db, new_uid, transaction
from tests.visitor import Visitor


def post(code: str = "moscow", prefix: str = "JM") -> Post:
    """Return the post of this code, made when it is not there; call inside a transaction."""
    found = db.session.scalar(select(Post).where(Post.code == code))
    if found is None:
        found = Post(
            code=code,
            prefix=prefix,
            name={"ar": "القسم القنصلي", "ru": "Консульский отдел", "en": "Consular section"},
            zone="Europe/Moscow",
            week=[1, 2, 3, 4, 5],
            languages=["ar", "ru"],
        )
        db.session.add(found)
        db.session.flush()
    return found


def account(language: str = "ar") -> Account:
    """Return a new account; call inside a transaction."""
    row = Account(language=language, created_at=clock.now(), data_key=new_data_key(clock.now()))
    db.session.add(row)
    db.session.flush()
    return row


def staff(roles: Iterable[Role], *, at: Post | None = None, language: str = "ar") -> StaffMember:
    """Return a new member of staff with these roles at a post; call inside a transaction."""
    row = StaffMember(
        login=f"{new_uid()[:8]}@post.example",
        name={"ar": "رنا العلي", "ru": "Рана Аль-Али", "en": "Rana Al-Ali"},
        language=language,
        password_hash="-",
        data_key=new_data_key(clock.now()),
        created_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    where = at or post()
    for role in roles:
        db.session.add(StaffRole(staff_id=row.id, post_id=where.id, role=role))
    db.session.flush()
    return row


def only_account() -> Account:
    """Return the account of the one citizen there is."""
    return db.session.scalars(select(Account)).one()


def citizen_visitor(app: Flask) -> Visitor:
    """Return somebody who is signed in as a citizen."""
    with app.test_request_context(), transaction():
        token = sessions.begin(account=account())
    return _visitor(app, token)


def staff_visitor(app: Flask, *roles: Role, pending: str = "") -> Visitor:
    """Return somebody who is signed in as staff with these roles."""
    with app.test_request_context(), transaction():
        token = sessions.begin(staff=staff(roles), pending=pending)
    return _visitor(app, token)


def _visitor(app: Flask, token: str) -> Visitor:
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    return Visitor(client)
