"""How staff come in: password, then the code of their authenticator app."""

import re
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pyotp
from playwright.sync_api import expect

from app.demo import accounts
from app.demo.accounts import StaffSignIn
from tests.browser.reader import Reader
from tests.live import LiveServer

STEP_S = 30
SLOW_S = 10
"""So long a busy machine may take to send a code."""
_used: dict[tuple[str, str], int] = {}
"""The newest code that each member of staff has used up on each server; a code is good once."""


def sign_in(reader: Reader, login: str) -> None:
    """Sign in with both factors."""
    who = find(login)
    reader.open("/desk/account/sign-in")
    reader.sees_heading("Staff sign-in")
    reader.fill("Login", who.login, context="field")
    reader.fill("Password", who.password, context="field")
    reader.press("Continue", context="action")
    reader.sees_heading("Second step of signing in")
    reader.fill("Code from the authenticator app", _fresh_code(reader, who))
    reader.press("Sign in")
    expect(reader.page).not_to_have_url(re.compile("/sign-in"))


def let_the_code_age(server: LiveServer) -> None:
    """Have it be a quarter of an hour since anybody gave a second factor: no test can wait."""
    ago = (datetime.now(UTC) - timedelta(minutes=15)).replace(tzinfo=None)
    with closing(sqlite3.connect(server.instance / "jaliya.sqlite3", timeout=10)) as database:
        database.execute(
            "UPDATE sign_in SET confirmed_at = ? WHERE confirmed_at IS NOT NULL",
            (ago.isoformat(" ", "microseconds"),),
        )
        database.commit()


def confirm(reader: Reader, login: str) -> None:
    """Give the second factor once more, which what takes much data out asks for."""
    reader.fill("Code from the authenticator app", _fresh_code(reader, find(login)))
    reader.press("Confirm", context="action")


def find(login: str) -> StaffSignIn:
    """Return one of the example staff."""
    return next(who for who in accounts.STAFF if who.login == login)


def _fresh_code(reader: Reader, who: StaffSignIn) -> str:
    """Return a code that has not been used; one step before or after the present one is good."""
    used = _used.get((reader.server.url, who.login), 0)
    now = int(time.time() + SLOW_S) // STEP_S
    step = max(now - 1, used + 1)
    while step > int(time.time()) // STEP_S + 1:
        reader.page.wait_for_timeout(500)
    _used[reader.server.url, who.login] = step
    return pyotp.TOTP(who.totp_secret).at(step * STEP_S)
