"""How a form of 100 questions compares with one of 10: to show it, and to judge what came.

The app and who asks it are one process, so that its processor time is the whole cost of a page.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask

from app.accounts import sessions
from app.cases import services as cases
from app.catalogue.answers import engine
from app.catalogue.answers.engine import Applicant
from app.catalogue.definition import document as definitions
from app.catalogue.definition.document import Page
from app.core import clock
from app.core.db import new_uid, transaction
from bench.place import served
from bench.rounds import Comparison, Way
from tests import markup
from tests.asking import Answer, Asker
from tests.factories import cases as factory
from tests.factories import people
from tests.factories.versions import document, question, words
from tests.visitor import values_of

FEW, MANY = 10, 100
APPLICANT = Applicant(category="citizen", age=30)
CHOICES = [{"key": key, "label": words(key)} for key in ("one", "two", "three")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of question, how it is set, and an answer to it in the engine's words."""

    name: str
    answer: Any  # Any: whatever the kind keeps.
    more: Mapping[str, Any]


KINDS = (
    Kind(name="yes_no", answer=True, more={}),
    Kind(name="short_text", answer="موسكو", more={"max": 60}),
    Kind(name="name_ar", answer="ليان الحلبي", more={}),
    Kind(name="name_latin", answer="Layan Al Halabi", more={}),
    Kind(name="date", answer="1998-03-27", more={"max": 0}),
    Kind(name="choice", answer="two", more={"choices": CHOICES}),
    Kind(name="choices", answer=["one", "three"], more={"choices": CHOICES}),
    Kind(name="phone", answer="+79161234567", more={}),
    Kind(name="number", answer=25, more={"min": 0, "max": 99}),
    Kind(name="long_text", answer="سطر أول\nسطر ثان", more={}),
)
"""Ten kinds, so that the larger form is the smaller one ten times over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form as a citizen has it: its address, what is posted, and the engine's view of it."""

    asker: Asker
    path: str
    page: Page
    posted: dict[str, Any]  # Any: a text or a list of texts, as a browser sends them.
    raw: dict[str, list[str]]

    def show(self) -> None:
        """Open the page as it was answered."""
        _expect(self.asker.get(self.path), 200)

    def judge(self) -> None:
        """Have the engine judge a whole page of right answers."""
        today = clock.today("Europe/Moscow")
        found = engine.check_page(self.page, self.raw, {}, today, applicant=APPLICANT)
        if found.errors:
            raise RuntimeError(f"refused: {found.errors}")

    def save(self) -> None:
        """Post right answers: judged and kept."""
        _expect(self.asker.post(self.path, self.posted), 302)

    def mend(self) -> None:
        """Post one answer that is wrong: kept, and the page shown again with what is wrong."""
        _expect(self.asker.post(self.path, self.posted | {"phone_0": "1"}), 302)
        _expect(self.asker.get(f"{self.path}?check=1"), 422)


@contextmanager
def prepared(app: Flask) -> Iterator[list[Comparison]]:
    """Yield what is to be compared, while the app is served."""
    with served(app) as port:
        few, many = (_form(app, port, size) for size in (FEW, MANY))
        yield [
            _compare("show the page", few.show, many.show),
            _compare("judge the answers (engine alone)", few.judge, many.judge),
            _compare("post right answers", few.save, many.save),
            _compare("post a wrong answer", few.mend, many.mend),
        ]


def _compare(what: str, few: Any, many: Any) -> Comparison:
    # Any: bound methods, called without arguments.
    return Comparison(
        what=what,
        base=Way(name=f"{FEW} questions", act=few),
        other=Way(name=f"{MANY} questions", act=many),
        clock=time.process_time,
    )


def _form(app: Flask, port: int, size: int) -> Form:
    read = definitions.parse(_service(size))
    page, values = read.pages[0], _answers(size)
    with app.test_request_context(), transaction():
        factory.publish(read)
        account = people.account()
        case = cases.start(
            service_code=read.code,
            person=factory.person(account),
            account=account,
            actor=factory.citizen(account),
            language="ar",
            key=new_uid(),
        )
        cases.save_page(case.reference, page.key, values, actor=factory.citizen(account))
        asker = Asker(port, sessions.begin(account=account))
        path = f"/ar/requests/{case.reference}/page/{page.key}"
    posted = _posted(asker.get(path))
    return Form(
        asker=asker, path=path, page=page, posted=posted, raw=engine.to_raw(page.fields, values)
    )


def _service(size: int) -> dict[str, Any]:
    """Return a service of one page with so many questions, a tenth of them behind a condition."""
    made = document()
    fields = [
        question(f"{kind.name}_{n}", kind.name, **kind.more)
        for n in range(size // len(KINDS))
        for kind in KINDS
    ]
    for one in fields:
        kind, _, n = one["key"].rpartition("_")
        if kind == "long_text":
            one["show_when"] = {"field": f"yes_no_{n}", "is": True}
    made["pages"] = [{"key": "page", "title": words("Page"), "fields": fields}]
    for name in ("papers", "exclusions", "add_ons", "waivers", "fees"):
        made[name] = []
    return made | {"code": f"FORM_{size}"}


def _answers(size: int) -> dict[str, Any]:
    return {f"{kind.name}_{n}": kind.answer for n in range(size // len(KINDS)) for kind in KINDS}


def _posted(answer: Answer) -> dict[str, Any]:
    """Return what the form of a page would send as it stands, its token and key included."""
    _expect(answer, 200)
    root = markup.parse(answer.body)
    (form,) = (one for one in root.iter("form") if one.get("class") == "j-form")
    return values_of(form)


def _expect(answer: Answer, status: int) -> None:
    if answer.status != status:
        raise RuntimeError(f"{answer.status} instead of {status}")
