"""Asks a browser for some work before it takes what many want; made and checked here alone.

What was refused for another reason is not used up: the transaction of the effect holds the note.
"""

import secrets
from dataclasses import replace
from datetime import datetime

from flask import Flask, current_app, request
from flask_babel import lazy_gettext as _l

from app.core import clock, signing
from app.core.errors import DomainError
from app.web.access import acting
from app.web.proof import rules, stored
from app.web.proof.rules import Task

TASK, ANSWER = "proof", "proof_answer"
"""The fields of a form."""


class NoAnswer(DomainError):
    """The browser solved nothing, and whoever sits before it has not waited instead."""

    message = _l("Please wait for some seconds before you send this.")
    status = 428


class WrongAnswer(DomainError):
    """A task of another session or page, one that is too old, or an answer that solves nothing."""

    message = _l("The page was open for too long. Nothing is lost: please send it once more.")
    status = 422


class UsedBefore(DomainError):
    """The answer was accepted once already."""

    message = _l("This page was sent before. Nothing is lost: please send it once more.")


def init_app(app: Flask, *, bits: int) -> None:
    """Ask for tasks of so many bits when little comes; 0 asks for none."""
    app.extensions["proof"] = bits, rules.Demand()


def task(purpose: str) -> Task | None:
    """Return a new task for who is signed in, None where none is asked."""
    base, demand = current_app.extensions["proof"]
    now = clock.now()
    bits = rules.bits_for(base, demand.per_minute(now))
    if bits == 0:
        return None
    unsigned = Task(
        bits=bits,
        issued=int(now.timestamp()),
        chance=secrets.token_hex(8),
        key_id=signing.current_key(),
        signature="",
    )
    signature = signing.sign(
        _kind(purpose), unsigned.signed_text(_session()), key_id=unsigned.key_id
    )
    return replace(unsigned, signature=signature)


def demand(purpose: str) -> None:
    """Use up the answer that came with this form; call it in the transaction of the effect.

    Raises NoAnswer, WrongAnswer or UsedBefore.
    """
    base, measured = current_app.extensions["proof"]
    now = clock.now()
    measured.note(now)
    if base == 0:
        return
    answer = request.form.get(ANSWER, "")
    if not answer:
        if not stored.end_wait(_waiting(purpose), now):
            raise NoAnswer()
        return
    given = rules.find_task(request.form.get(TASK, ""))
    if given is None or not _is_right(purpose, given, answer, now):
        raise WrongAnswer()
    if not stored.use(given.signature, now):
        raise UsedBefore()


def _is_right(purpose: str, given: Task, answer: str, now: datetime) -> bool:
    if not (given.is_current(now) and given.is_solved_by(answer)):
        return False
    return signing.is_genuine(
        _kind(purpose),
        given.signed_text(_session()),
        key_id=given.key_id,
        signature=given.signature,
    )


def wait(purpose: str) -> int:
    """Have who is signed in wait in place of solving a task; return how many seconds are left.

    Asked again it goes on counting from the first time. Call it in a transaction.
    """
    now = clock.now()
    left = stored.begin_wait(_waiting(purpose), now) - now
    return max(round(left.total_seconds()), 0)


def _kind(purpose: str) -> str:
    return f"proof:{purpose}"


def _session() -> str:
    return str(acting().session_id)


def _waiting(purpose: str) -> str:
    """Return who waits for what: an account, however many sessions it has."""
    return f"{purpose}:{acting().id}"
