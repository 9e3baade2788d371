"""Who gets in where: every rule and method, asked by everybody, against one table.

What is asked for are real objects of the first post. A rule whose address names a request is asked
for one that lets somebody in; one whose address names anything else, as pages lead to it.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select
from werkzeug.routing import AnyConverter, Rule
from werkzeug.test import TestResponse

from app.accounts.models import StaffMember
from app.appointments.day.models import Counter, Device, Ticket
from app.cases.models import Case
from app.cases.talk.models import CannedAnswer
from app.core.db import db
from app.core.errors import NotFound
from app.core.reference import Reference
from app.desk.models import SavedView
from app.jobs.models import Job
from app.notifications.announcements.models import Announcement
from app.notifications.models import Message
from app.payments.models import CashDesk, Receipt
from app.reporting.exports.models import Export
from app.reporting.wishes.models import ErasureWish
from app.web.access import Audience, policy_of
from tests.databases import isolated
from tests.security import walking
from tests.security.world import ELSEWHERE, OWNERS, World
from tests.servers import ROOT

TABLE = ROOT / "tests" / "data" / "access-matrix.csv"
METHODS = ("GET", "POST")
STARTS = ("/en/", "/en/account", "/en/desk")
WALKERS = ("officer", "head", "admin", "cashier", "receptionist", "ministry", "nobody")
OWNER = "owner"
FIRST = "1"
LONGEST_WORD = 15
"""What is longer, or begins with a capital, names a thing in an address."""
STRANGERS = frozenset({"nobody", "half-citizen", "stranger"})
DOORS = ("/account/sign-in", "/desk/account/sign-in")
NOBODYS = {"uid": "f" * 32, "reference": str(Reference(prefix="JM", body="0" * 8))}
BY_UID: dict[str, Any] = {
    "announcement_admin": Announcement,
    "canned": CannedAnswer,
    "counters": Counter,
    "desk_erasure": ErasureWish,
    "desk_export": Export,
    "desk_views": SavedView,
    "hall": Ticket,
    "hall_devices": Device,
    "desk_cash": CashDesk,
    "desk_paying": Receipt,
    "rights_admin": StaffMember,
    "staff_messages": Message,
    "work_admin": Job,
}
"""Things to which no page leads without a search, by blueprint (Any: each has a uid)."""
PLAIN: dict[str, str | int] = {
    "lang": "en",
    "code": "PASS_RENEW",
    "number": 1,
    "page": 1,
    "n": 1,
    "key": "photo",
    "filename": "css/citizen.rtl.css",
}
_CHANGING = re.compile(
    rb'(csrf_token|name="key"|name="proof")[^>]*value="[^"]*"|[0-9a-f]{16,}|\?v=\w+', re.I
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the table says of one method of one rule: who gets in, and who is led to a door."""

    method: str
    rule: str
    gets_in: tuple[str, ...]
    led_to_door: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A real address of a rule, by whom it was found, and the same of something that is not."""

    path: str
    nowhere: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and what the next page is to say."""

    status: int
    location: str
    body: bytes
    said: str

    @property
    def is_refused(self) -> bool:
        """Return whether it says that there is nothing, as a page or as the words on the next."""
        return self.status in (403, 404) or str(NotFound.message) in self.said

    @property
    def leads_to_door(self) -> bool:
        """Return whether whoever asked has to sign in first."""
        path = urlsplit(self.location).path
        return self.status == 302 and any(f"{door}/" in f"{path}/" for door in DOORS)

    def alike(self, path: str) -> tuple[int, bytes]:
        """Return it without what differs between any two: tokens, ids and what was asked for."""
        whole = b"\n".join([self.location.encode(), self.said.encode(), self.body])
        for step in path.partition("?")[0].split("/"):
            if step[:1].isupper() or len(step) > LONGEST_WORD:
                whole = whole.replace(step.encode(), b"@")
        return self.status, _CHANGING.sub(b"", whole)


class Matrix:
    """Asks, and remembers how many cells it asked for."""

    def __init__(self, world: World) -> None:
        """Walk over the world for addresses of what is in it."""
        self.world = world
        self.cells = 0
        self.compared = 0
        self.unlike: list[str] = []
        self.broken: list[str] = []
        self._walked = _walked(world)
        self._cases = _cases(world.app)

    def rows(self, rules: Iterable[Rule] | None = None) -> Iterator[Row]:
        """Yield what is found for each method of each rule."""
        for rule in rules or sorted(self.world.app.url_map.iter_rules(), key=lambda one: one.rule):
            for method in METHODS:
                if method in (rule.methods or ()) and rule.endpoint != "static":
                    yield self._row(rule, method)

    def _row(self, rule: Rule, method: str) -> Row:
        sample = self._sample(rule, method)
        gets_in, led = [], []
        for name, token in self._askers(sample):
            self.cells += 1
            answer = self._ask(token, method, sample.path)
            if answer.status >= 500:
                self.broken.append(f"{method} {rule.rule} as {name}: {answer.status}")
            if answer.leads_to_door:
                led.append(name)
            elif self._is_let_in(name, token, method, sample, answer):
                gets_in.append(name)
        return Row(
            method=method,
            rule=rule.rule.replace("/<any(ar,ru,en):lang>", ""),
            gets_in=tuple(gets_in),
            led_to_door=tuple(led),
        )

    def _is_let_in(self, name: str, token: str, method: str, at: Sample, answer: Answer) -> bool:
        """Return whether an answer tells of the thing itself.

        Foreign and nonexistent look alike: the same bytes, but for what was asked for. An answer
        of another kind that a stranger gets to both tells nothing either.
        """
        if at.nowhere == at.path or not (answer.is_refused or is_foreign(name)):
            return not answer.is_refused
        self.compared += 1
        is_alike = answer.alike(at.path) == self._ask(token, method, at.nowhere).alike(at.nowhere)
        if answer.is_refused and not is_alike:
            self.unlike.append(f"{method} {at.path} as {name}")
        return not answer.is_refused and not is_alike

    def _askers(self, sample: Sample) -> Iterator[tuple[str, str]]:
        yield OWNER, self.world.owners[sample.owner or FIRST]
        yield from self.world.actors.items()

    def _ask(self, token: str, method: str, path: str) -> Answer:
        """Return the answer; whatever it wrote is taken back, and no cookie is kept."""
        app = self.world.app
        client = app.test_client(use_cookies=False)
        with isolated(app):
            got = client.open(path, method=method, headers={"Cookie": f"jaliya-id={token}"})
            answer = Answer(got.status_code, got.location or "", got.get_data(), _flashes(app, got))
            got.close()
        return answer

    def _sample(self, rule: Rule, method: str) -> Sample:
        """Return an address of a rule that lets somebody in, any where none does."""
        choices = list(self._choices(rule, method))
        for choice in choices:
            for token in self._rightful(rule, choice):
                answer = self._ask(token, method, choice.path)
                if not answer.is_refused and not answer.leads_to_door:
                    return choice
        return choices[0]

    def _rightful(self, rule: Rule, choice: Sample) -> list[str]:
        policy = policy_of(self.world.app, rule.endpoint)
        if policy.audience is Audience.STAFF and not policy.pending:
            return [self.world.actors[role.value] for role in policy.roles]
        if policy.audience is Audience.CITIZEN:
            return [self.world.owners[choice.owner or FIRST]]
        return [self.world.actors["nobody"]]

    def _choices(self, rule: Rule, method: str) -> Iterator[Sample]:
        named = rule.arguments - {"lang"}
        for path, owner in self._walked[method, rule.endpoint]:
            yield Sample(path=path, nowhere=_nowhere(self.world.app, path, method), owner=owner)
        if "reference" in named:
            for reference, owner in self._cases:
                yield self._built(
                    rule, method, {"reference": reference, "uid": NOBODYS["uid"]}, owner
                )
            return
        kind = BY_UID.get(rule.endpoint.partition(".")[0])
        if "uid" in named and kind is not None:
            with self.world.app.app_context():
                uids = db.session.scalars(select(kind.uid).order_by(kind.id).limit(5)).all()
            for uid in uids:
                yield self._built(rule, method, {"uid": uid}, "")
        yield self._built(rule, method, NOBODYS, "")

    def _built(self, rule: Rule, method: str, objects: dict[str, str], owner: str) -> Sample:
        path = _path(self.world.app, rule, {**usual_values(rule), **objects})
        return Sample(path=path, nowhere=_nowhere(self.world.app, path, method), owner=owner)


def _walked(world: World) -> defaultdict[tuple[str, str], list[tuple[str, str]]]:
    """Return the addresses that pages lead to, with the owner who found it, by method and view."""
    found: defaultdict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    clients = [(key, world.owner(key), "/en/requests") for key in list(world.owners)[:OWNERS]]
    clients += [("", world.actor(name), "/en/desk") for name in WALKERS]
    for owner, client, start in clients:
        for address, _body in walking.walk(
            world.app, client, start, "/en/", "/en/account", "/en/desk"
        ):
            if len(found[address.method, address.endpoint]) < 4:
                found[address.method, address.endpoint].append((address.path, owner))
    return found


def _cases(app: Flask) -> list[tuple[str, str]]:
    """Return a case of each state and step that the owners have, as (reference, account)."""
    with app.app_context():
        rows = db.session.execute(
            select(Case.reference, Case.account_id, Case.state).order_by(Case.id)
        ).all()
    kept: dict[str, tuple[str, str]] = {}
    for reference, account_id, state in rows:
        if account_id is not None:
            kept.setdefault(state.value, (reference, str(account_id)))
    return list(kept.values())


def usual_values(rule: Rule) -> dict[str, str | int]:
    """Return a value that each part of an address can hold."""
    values: dict[str, str | int] = {}
    for name in rule.arguments:
        converter = rule._converters[name]
        one_of = sorted(converter.items)[0] if isinstance(converter, AnyConverter) else "a" * 32
        values[name] = PLAIN.get(name, one_of)
    return values


def _path(app: Flask, rule: Rule, values: dict[str, str | int]) -> str:
    with app.test_request_context():
        built = rule.build({name: values[name] for name in rule.arguments})
    assert built is not None, rule
    return built[1]


def _nowhere(app: Flask, path: str, method: str) -> str:
    """Return the address of something that is not there, of the same form."""
    rule, values = walking.adapter_of(app).match(
        path.partition("?")[0], method=method, return_rule=True
    )
    other = {name: NOBODYS.get(name, value) for name, value in values.items()}
    return path if other == values else _path(app, rule, other)


def is_foreign(name: str) -> bool:
    """Return whether nothing of the first post is of this actor."""
    return name in STRANGERS or ELSEWHERE in name


def _flashes(app: Flask, got: TestResponse) -> str:
    """Return what the next page is to say, which the browser keeps until then."""
    name, reader = app.config["SESSION_COOKIE_NAME"], SecureCookieSessionInterface()
    serializer = reader.get_signing_serializer(app)
    for line in got.headers.getlist("Set-Cookie"):
        if line.startswith(f"{name}=") and serializer:
            value = line.removeprefix(f"{name}=").partition(";")[0]
            return str(serializer.loads(value).get("_flashes", "")) if value else ""
    return ""


def leaks(app: Flask, rows: Iterable[Row]) -> list[str]:
    """Return the rows that let somebody in to what is not theirs, whatever the table says.

    An address that names a request or a thing, and is not for everybody, is for its owner and
    the staff of its post.
    """
    found = []
    for row in rows:
        foreign = [name for name in row.gets_in if is_foreign(name)]
        if (
            foreign
            and {"<reference>", "<uid>"} & set(row.rule.split("/"))
            and not _is_public(app, row)
        ):
            found.append(f"{row.method} {row.rule}: {foreign}")
    return found


def _is_public(app: Flask, row: Row) -> bool:
    paths = {row.rule, f"/<any(ar,ru,en):lang>{row.rule}"}
    return {
        policy_of(app, one.endpoint).audience
        for one in app.url_map.iter_rules()
        if one.rule in paths and row.method in (one.methods or ())
    } == {Audience.PUBLIC}


def differences(found: Sequence[Row], expected: Sequence[Row]) -> list[str]:
    """Return what was found and the table does not say, and what it says and was not found."""
    known, seen = ({(one.method, one.rule): one for one in rows} for rows in (expected, found))
    differ = [
        f"{row.method} {row.rule}: {row}" for key, row in seen.items() if known.get(key) != row
    ]
    return differ + [f"{key}: no such rule" for key in known.keys() - seen.keys()]


def read_table() -> list[Row]:
    """Return the rows of the table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [
            Row(
                method=line["method"],
                rule=line["rule"],
                gets_in=tuple(line["gets in"].split()),
                led_to_door=tuple(line["led to a door"].split()),
            )
            for line in csv.DictReader(file)
        ]


def write_table(rows: Sequence[Row]) -> None:
    """Write the table anew, to be read before it is committed."""
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["method", "rule", "gets in", "led to a door"])
        table.writerows(
            [row.method, row.rule, " ".join(row.gets_in), " ".join(row.led_to_door)] for row in rows
        )
