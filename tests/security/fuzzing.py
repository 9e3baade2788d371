"""Every form that a page shows, each of its fields filled with what breaks programs."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

from flask.testing import FlaskClient

from tests import markup
from tests.databases import isolated
from tests.nasty import NASTY
from tests.security import walking
from tests.security.matrix import STARTS
from tests.security.world import World
from tests.visitor import values_of

TRACE = (b"Traceback", b"werkzeug.debug", b"sqlalchemy", b"jinja2.exceptions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form as it stands on a page, and who sees it."""

    method: str
    endpoint: str
    action: str
    values: dict[str, Any]
    """As a browser would send it (Any: a text or a list of texts)."""
    names: tuple[str, ...]
    token: str


@dataclass(slots=True)
class Run:
    """What a run of the fuzzer asked, and what came of it."""

    world: World
    seed: int
    of_each: int
    """With so many texts each field is tried; which of them is chance."""
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def forms(self) -> Iterator[Form]:
        """Yield each form of the pages of everybody, once for its fields."""
        seen: set[tuple[str, str, frozenset[str]]] = set()
        for token, client in self._readers():
            for address, body in walking.walk(self.world.app, client, "/en/requests", *STARTS):
                for form in self._forms_of(address.path, body, token):
                    key = (form.method, form.endpoint, frozenset(form.names))
                    if key not in seen:
                        seen.add(key)
                        yield form

    def _readers(self) -> Iterator[tuple[str, FlaskClient]]:
        for key in list(self.world.owners)[:3]:
            yield self.world.owners[key], self.world.owner(key)
        for name in ("nobody", "officer", "head", "admin", "cashier", "receptionist"):
            yield self.world.actors[name], self.world.actor(name)

    def _forms_of(self, path: str, body: bytes, token: str) -> Iterator[Form]:
        if not body.lstrip().startswith(b"<!doctype html"):
            return
        pages = walking.adapter_of(self.world.app)
        for element in markup.parse(body).iter("form"):
            method = (element.get("method") or "get").upper()
            action = urljoin(path, element.get("action") or path)
            found = walking.address_of(pages, method, urlsplit(action).path)
            if found:
                yield Form(
                    method=method,
                    endpoint=found.endpoint,
                    action=urlsplit(action).path,
                    values=values_of(element),
                    names=tuple(sorted(_names(element))),
                    token=token,
                )

    def fuzz(self, form: Form) -> None:
        """Send a form with each field, one after the other, holding some nasty texts."""
        chance = random.Random(f"{self.seed}:{form.endpoint}:{form.names}")  # noqa: S311
        for name in form.names:
            for text in chance.sample(NASTY, min(self.of_each, len(NASTY))):
                self.send(form, {**form.values, name: text}, f"{name}={text[:30]!r}")

    def send(self, form: Form, values: dict[str, Any], what: str) -> None:
        """Send a form, take back what it wrote, and note whether it was answered in words."""
        client = self.world.app.test_client(use_cookies=False)
        is_asking = form.method == "GET"
        with isolated(self.world.app):
            answer = client.open(
                form.action,
                method=form.method,
                headers={"Cookie": f"jaliya-id={form.token}"},
                query_string=values if is_asking else None,
                data=None if is_asking else values,
            )
            body = answer.get_data()
            answer.close()
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 500 or any(sign in body for sign in TRACE):
            self.faults.append(f"{form.method} {form.endpoint} {what}: {answer.status_code}")


def _names(form: Element) -> set[str]:
    inputs = (one for one in form.iter() if one.tag in ("input", "select", "textarea", "button"))
    return {one.get("name", "") for one in inputs} - {"", "csrf_token"}
