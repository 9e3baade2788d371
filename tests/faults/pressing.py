"""Every form that carries a token: found on the pages of everybody, filled in, and pressed."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

from flask import Flask
from sqlalchemy import (
    Boolean,
    DateTime,
    Integer,
    Label,
    LargeBinary,
    Select,
    String,
    Table,
    case,
    func,
    select,
)
from werkzeug.test import TestResponse

from app.accounts import sessions
from app.accounts.models import StaffMember
from app.cases.models import Case
from app.core import clock
from app.core.db import Model, db, transaction
from app.web.access import Audience, policy_of
from tests import markup, storm
from tests.databases import isolated
from tests.factories import files
from tests.security import matrix, walking
from tests.security.world import World
from tests.visitor import text_of, values_of

Fields = dict[str, Any]  # Any: as in tests.visitor
Effect = Mapping[str, int]
"""What a press changed: rows, and sums of numbers, by table and column."""
STAFF = ("officer", "head", "cashier", "receptionist", "admin")
OWNERS = 4
"""With so many citizens the pages are walked; of all others, those of their requests are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form with a token as it stands on a page, one of its buttons, and who sees it."""

    endpoint: str
    action: str
    kind: str
    values: Fields
    typed: Fields
    """What somebody types into the fields that are empty."""
    token: str
    button: str

    def send(self, app: Flask) -> TestResponse:
        """Press its button."""
        client = app.test_client(use_cookies=False)
        sent = {name: _fresh(value) for name, value in self.values.items()}
        headers = {"Cookie": f"jaliya-id={self.token}"}
        answer = client.post(self.action, data=sent, content_type=self.kind, headers=headers)
        answer.get_data()
        answer.close()
        return answer

    def fillings(self) -> Iterator["Form"]:
        """Yield it with its empty fields filled in, and as it stands."""
        yield replace(self, values={**self.values, **self.typed})
        if self.typed:
            yield self


def _fresh(value: Any) -> Any:
    return (io.BytesIO(value), "file.jpg") if isinstance(value, bytes) else value


def pages(world: World) -> Iterator[tuple[str, str, bytes]]:
    """Yield pages with who sees them: of a request in each state, and what pages lead to."""
    for token, path in _of_requests(world):
        answer = world.app.test_client(use_cookies=False).get(
            path, headers={"Cookie": f"jaliya-id={token}"}
        )
        yield token, path, answer.get_data()
        answer.close()
    readers = [world.owners[key] for key in list(world.owners)[:OWNERS]]
    for token in [*readers, *(world.actors[name] for name in STAFF)]:
        client = world.app.test_client()
        client.set_cookie("jaliya-id", token)
        for at, body in walking.walk(world.app, client, "/en/requests", *matrix.STARTS):
            if at.method == "GET":
                yield token, at.path, body


def _of_requests(world: World) -> Iterator[tuple[str, str]]:
    """Yield the pages of a request in each state, with its citizen or the staff who may see it."""
    rules = [
        one for one in world.app.url_map.iter_rules() if one.arguments == {"lang", "reference"}
    ]
    for reference, owner, officer in _requests(world):
        for rule in (one for one in rules if "GET" in (one.methods or ())):
            built = rule.build({"lang": "en", "reference": reference})
            policy = policy_of(world.app, rule.endpoint)
            tokens = [world.actors[one] for one in STAFF[1:] if one in policy.roles]
            if policy.audience is Audience.CITIZEN:
                tokens = [owner]
            elif "officer" in policy.roles:
                tokens.append(officer)
            for token in tokens:
                yield token, built[1] if built else ""


def _requests(world: World) -> list[tuple[str, str, str]]:
    """Return requests of all kinds and states, the tokens of whose they are and who has them."""
    with world.app.test_request_context(), transaction():
        kept: dict[object, tuple[str, str, str]] = {}
        for one in db.session.scalars(select(Case).order_by(Case.id)):
            kind = (one.state, one.assignee_id is None)
            if one.account_id is not None and kind not in kept:
                member = db.session.get(StaffMember, one.assignee_id or 0)
                officer = sessions.begin(staff=member) if member else world.actors["officer"]
                kept[kind] = (one.reference, world.owners[str(one.account_id)], officer)
        return list(kept.values())


def forms_of(app: Flask, path: str, body: bytes, token: str) -> Iterator[Form]:
    """Yield each form with a token that stands on a page, once for each of its buttons."""
    if not path.startswith("/en/") or not body.lstrip().startswith(b"<!doctype html"):
        return
    places = walking.adapter_of(app)
    for element in markup.parse(body).iter("form"):
        if (element.get("method") or "get").lower() != "post":
            continue
        has_token = _has_token(element)
        for button in element.iter("button"):
            if button.get("type", "submit") != "submit":
                continue
            action = urljoin(path, button.get("formaction") or element.get("action") or path)
            found = walking.address_of(places, "POST", urlsplit(action).path)
            if found is not None and (has_token or found.endpoint in AT_ANY_TIME):
                name = button.get("name")
                yield Form(
                    endpoint=found.endpoint,
                    action=action,
                    kind=element.get("enctype") or "application/x-www-form-urlencoded",
                    values={**_shown(element), **({name: button.get("value")} if name else {})},
                    typed=_typed(element),
                    token=token,
                    button=text_of(button),
                )


AT_ANY_TIME = ("desk_retention.release", "desk_thread.settle", "erasing.withdraw")
"""Views whose forms have no token: pressed again they find done what they are for."""


def _has_token(form: Element) -> bool:
    """Return whether a form carries what makes it count once, under whichever name."""
    return any(name in ("key", "once") or name.endswith("-key") for name in values_of(form))


def _shown(form: Element) -> Fields:
    return {name: value for name, value in values_of(form).items() if value != EMPTY_DAY}


EMPTY_DAY = ["", "", ""]
"""A day is asked for in three fields."""


def _typed(form: Element) -> Fields:
    """Return what somebody would type into the fields of a form that are empty."""
    shown, typed = values_of(form), dict[str, Any]()
    for element in form.iter():
        name = element.get("name") or ""
        if element.tag in ("input", "textarea", "select") and name not in typed:
            is_empty = not shown.get(name) or shown[name] == EMPTY_DAY
            value = _word_for(element, name, shown.get(name)) if is_empty else None
            if value is not None:
                typed[name] = value
    return typed


PICTURE = files.jpeg(420, 540)
"""As large as the smallest that a passport asks for."""
BY_NAME: Fields = {
    "deputy": "",
    "kind": None,
    "name": "word",
    "fields.0.key": "word",
    "opens_at": "10:00",
    "closes_at": "12:00",
    "national_number": "01953861084",
    "passport_number": "N179293776",
    "reference": None,
    "grandfather_ar": "",
}
BY_ENDING = {"ar": "كلمة", "ru": "Слово", "en": "Word", "latin": "Word"}


def _word_for(element: Element, name: str, shown: Any) -> Any:
    if shown == EMPTY_DAY:
        day = _day_for(name)
        return [str(day.day), str(day.month), str(day.year)]
    if name in BY_NAME:
        return BY_NAME[name]
    if element.tag == "select":
        return next((one.get("value") for one in element.iter("option") if one.get("value")), None)
    if element.get("inputmode") in ("numeric", "decimal"):
        return "1"
    by_kind: Fields = {
        "file": PICTURE,
        "date": _day_for(name).isoformat(),
        "tel": "+79161234567",
        "email": "somebody@example.org",
        "checkbox": element.get("value", "on"),
        "radio": element.get("value", "on"),
        **dict.fromkeys(("hidden", "submit", "button", "image")),
    }
    ending = name.replace("-", "_").rpartition("_")[2]
    return by_kind.get(element.get("type", "text"), BY_ENDING.get(ending, "Word"))


def _day_for(name: str) -> date:
    today = clock.today("Europe/Moscow")
    if "birth" in name:
        return date(1990, 2, 1)
    if "paid" in name:
        return today
    is_end = any(part in name for part in ("last", "until", "closes"))
    return today + timedelta(days=12 if is_end else 9)


def taken(app: Flask) -> Effect:
    """Count the rows of every table and what is said in them, and sum its numbers."""
    with app.app_context():
        row = db.session.execute(_counting()).one()
        db.session.close()
    return {name: int(value or 0) for name, value in row._mapping.items()}


@cache
def _counting() -> Select[Any]:
    """Return the one statement that asks for all of it (Any: many columns)."""
    asked: list[Label[Any]] = []
    for table in Model.metadata.sorted_tables:
        if table.name == "attempt":
            continue  # It counts presses, so that nobody presses for ever.
        rows = select(func.count()).select_from(table)
        asked.append(rows.scalar_subquery().label(table.name))
        for name, column in _numbers(table).items():
            total = select(func.sum(column)).select_from(table)
            asked.append(total.scalar_subquery().label(f"{table.name}.{name}"))
    return select(*asked)


def _numbers(table: Table) -> dict[str, Any]:
    numbers: dict[str, Any] = {}
    for column in table.columns:
        if column.primary_key or column.foreign_keys:
            continue
        if isinstance(column.type, Boolean):
            numbers[column.name] = case((column, 1), else_=0)
        elif column.nullable and isinstance(column.type, String | DateTime | LargeBinary):
            numbers[column.name] = case((column.is_not(None), 1), else_=0)
        elif isinstance(column.type, Integer) and not column.name.endswith("_id"):
            numbers[column.name] = column
    return numbers


def difference(before: Effect, after: Effect) -> Effect:
    """Return what changed."""
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


def pressed_once(app: Flask, form: Form) -> tuple[int, Effect]:
    """Press and take it back; return the status of the answer, and the effect."""
    with isolated(app):
        before = taken(app)
        status = form.send(app).status_code
        return status, difference(before, taken(app))


def pressed_at_once(app: Flask, form: Form, times: int) -> tuple[set[tuple[int, str]], Effect]:
    """Press from so many places at the same moment; return the answers and the effect."""
    before = taken(app)

    def press() -> tuple[int, str]:
        answer = form.send(app)
        return answer.status_code, answer.headers.get("Location", "")

    answers = storm.rush([press] * times)
    return set(answers), difference(before, taken(app))
