"""What each turn of a request does: what citizens and officers do on the pages, by the services."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta

from app.accounts import rules
from app.accounts.models import Account, Person
from app.accounts.rules import Details
from app.appointments import queries as seats
from app.appointments import visiting
from app.appointments.day import services as hall
from app.appointments.models import Booking
from app.cases import contents, filing, queries, receipts
from app.cases import services as cases
from app.cases.models import Case
from app.cases.receipts import Receipt, Receiver, Shown
from app.cases.rules import ItemKind, ItemState
from app.cases.services import ItemDecision, Verdict
from app.catalogue.models import Post
from app.core import clock
from app.core.actor import Actor
from app.demo.story import replies
from app.demo.story.papers import Cabinet, Wanted
from app.demo.story.people import Household
from app.demo.story.plots import Plot, Turn, Verb
from app.demo.story.replies import Subject
from app.documents import services as documents
from app.payments import queries as payments
from app.payments.services import charging, desks, taking

AGE_OF_PAPERS = timedelta(days=12)
COUNTER, CASHIER, ADMIN = "salma", "hassan", "admin"
FLOAT = 200_00
"""What lies in a cash desk in the morning, in minor units."""
REFUSALS = {
    "ar": "يصدر هذا المستند عن الجهة المختصة في مكان الإقامة، وليس عن البعثة.",
    "ru": "Этот документ выдаёт компетентный орган по месту проживания, а не представительство.",
}
NOTES = {
    "background": {
        "ar": "الخلفية مخططة، والمطلوب خلفية بيضاء أو فاتحة من لون واحد.",
        "ru": "Фон в полоску, а нужен белый или светлый однотонный фон.",
    },
    "face": {
        "ar": "الوجه غير واضح، ويُفضل التصوير في ضوء النهار.",
        "ru": "Лицо видно плохо, лучше сфотографироваться при дневном свете.",
    },
    "not_translated": {
        "ar": "الترجمة العربية المصدقة غير مرفقة.",
        "ru": "Не приложен заверенный перевод на арабский язык.",
    },
}
"""What an officer adds to a reason, for those where it helps."""


@dataclass(slots=True, kw_only=True)
class Scene:
    """One request while its story is told."""

    plot: Plot
    number: int
    post: Post
    household: Household
    staff: Mapping[str, Actor]
    cabinet: Cabinet
    reference: str = ""
    """The request to which something happens."""
    references: list[str] = field(default_factory=list)
    """All requests of the plot, several where a household files together."""
    person: int | None = None
    """Which person of the household the request is for, where that is not said by the plot."""
    turn: int = 0

    @property
    def citizen(self) -> Actor:
        """The account that asks."""
        return self.household.actor

    @property
    def officer(self) -> Actor:
        """Whoever has the request on their desk."""
        return self.staff[self.plot.officer]

    @property
    def details(self) -> Details:
        """The person whom the request concerns."""
        return Details.from_json(self.of.details or {})

    @property
    def of(self) -> Person:
        """The person whom the request concerns, as a row."""
        return self.household.people[self.plot.child if self.person is None else self.person]

    @property
    def account(self) -> Account:
        """The account that asks; raises LookupError for a visitor, who has none."""
        if self.household.account is None:
            raise LookupError("a visitor has no account")
        return self.household.account

    @property
    def today(self) -> date:
        """The day at the post."""
        return clock.today(self.post.zone)

    def key(self) -> str:
        """Return an idempotency key for what happens next."""
        self.turn += 1
        return f"story/{self.number}/{self.turn}"

    def case(self, actor: Actor) -> Case:
        """Return the request as somebody sees it now."""
        return queries.get_case(self.reference, actor)


def carry_out(scene: Scene, turn: Turn) -> None:
    """Have a turn happen at the present moment."""
    _ACTS[turn.verb](scene, turn)


def booking_of(scene: Scene) -> Booking | None:
    """Return the visit that was booked for a request."""
    return seats.booking_of(scene.case(scene.citizen).id)


def _draft(scene: Scene, turn: Turn) -> None:
    _begin(scene)
    _answer(scene, pages=turn.number)


def _send(scene: Scene, _turn: Turn) -> None:
    _begin(scene)
    fill_in(scene)
    case = scene.case(scene.citizen)
    cases.submit(case.reference, actor=scene.citizen, seen=case.version, key=scene.key())


def fill_in(scene: Scene) -> None:
    """Answer all pages of a draft and attach its papers."""
    _answer(scene, pages=None)
    case = scene.case(scene.citizen)
    for paper in contents.asked_papers(case):
        if paper.required or paper.key == "guardianship":
            _attach(scene, case, paper.key, is_flawed=_is_flawed(scene.plot, paper.key))


def _begin(scene: Scene) -> None:
    """Start a draft."""
    household, plot = scene.household, scene.plot
    case = cases.start(
        service_code=plot.service,
        person=scene.of,
        account=household.account,
        actor=scene.citizen,
        language=household.language,
        variant=plot.variant,
        key=scene.key(),
    )
    scene.reference, scene.references = case.reference, [case.reference]


def _answer(scene: Scene, *, pages: int | None) -> None:
    """Fill in the first pages of a draft, all of them for None."""
    citizen = Details.from_json(scene.household.people[0].details or {})
    who = Subject(person=scene.details, citizen=citizen, today=scene.today)
    said: dict[str, object] = {}
    for page in queries.definition(scene.case(scene.citizen)).pages[:pages]:
        values = replies.answers(page, who, said)
        said.update(values)
        cases.save_page(scene.reference, page.key, values, actor=scene.citizen)


def _is_flawed(plot: Plot, paper: str) -> bool:
    return any(turn.verb is Verb.ASK and turn.paper == paper for turn in plot.turns)


def _attach(scene: Scene, case: Case, paper: str, *, is_flawed: bool) -> None:
    asked = filing.check_paper(case, paper, issued_on=scene.today - AGE_OF_PAPERS)
    file = scene.cabinet.take(Wanted(paper, scene.details, is_flawed))
    document = documents.keep(file.upload, data_key=case.data_key)
    cases.attach(
        case.reference,
        paper,
        document,
        actor=scene.citizen,
        issued_on=scene.today - AGE_OF_PAPERS if asked.freshness_days else None,
    )


def _take(scene: Scene, _turn: Turn) -> None:
    case = scene.case(scene.officer)
    cases.take(case.reference, actor=scene.officer, seen=case.version, key=scene.key())


def _look(scene: Scene, _turn: Turn) -> None:
    case = scene.case(scene.officer)
    _accept_items(scene, [item.uid for item in case.items if item.kind is ItemKind.ANSWERS])


def _accept_items(scene: Scene, uids: list[str]) -> None:
    case = scene.case(scene.officer)
    waiting = {item.uid for item in case.items if item.state is ItemState.RECEIVED}
    accepted = ItemDecision(verdict=Verdict.ACCEPTED)
    decisions = {uid: accepted for uid in uids if uid in waiting}
    if decisions:
        cases.decide_items(
            case.reference, decisions, actor=scene.officer, seen=case.version, key=scene.key()
        )


def _ask(scene: Scene, turn: Turn) -> None:
    case = scene.case(scene.officer)
    rejected = queries.find_item(case, ItemKind.PAPER, turn.paper)
    _accept_items(scene, [item.uid for item in case.items if item.uid != rejected.uid])
    case = scene.case(scene.officer)
    note = NOTES.get(turn.reason, {}).get(case.language, "")
    decision = ItemDecision(verdict=Verdict.REJECTED, reason_code=turn.reason, note=note)
    case = cases.decide_item(
        case.reference,
        rejected.uid,
        decision,
        actor=scene.officer,
        seen=case.version,
        key=scene.key(),
    )
    cases.ask_correction(
        case.reference,
        until_on=scene.today + timedelta(days=turn.number),
        actor=scene.officer,
        seen=case.version,
        key=scene.key(),
    )


def _mend(scene: Scene, turn: Turn) -> None:
    case = scene.case(scene.citizen)
    _attach(scene, case, turn.paper, is_flawed=False)
    cases.resubmit(case.reference, actor=scene.citizen, seen=case.version, key=scene.key())


def _accept(scene: Scene, _turn: Turn) -> None:
    _accept_items(scene, [item.uid for item in scene.case(scene.officer).items])
    case = scene.case(scene.officer)
    cases.accept(case.reference, actor=scene.officer, seen=case.version, key=scene.key())


def _refuse(scene: Scene, turn: Turn) -> None:
    case = scene.case(scene.officer)
    cases.refuse(
        case.reference,
        reason_code=turn.reason,
        note=REFUSALS.get(case.language, ""),
        actor=scene.officer,
        seen=case.version,
        key=scene.key(),
    )


def _withdraw(scene: Scene, _turn: Turn) -> None:
    case = scene.case(scene.citizen)
    cases.withdraw(case.reference, actor=scene.citizen, seen=case.version, key=scene.key())


def _come(scene: Scene, _turn: Turn) -> None:
    """Come to a visit; who still waits to be served has a number in the hall."""
    is_served = any(turn.verb is Verb.SERVE for turn in scene.plot.turns)
    take_in = visiting.check_in if is_served else hall.check_in
    take_in(scene.reference, actor=scene.staff[COUNTER])


def _serve(scene: Scene, _turn: Turn) -> None:
    case = scene.case(scene.officer)
    visiting.serve(case.reference, actor=scene.officer, seen=case.version, key=scene.key())


def _produce(scene: Scene, _turn: Turn) -> None:
    case = scene.case(scene.officer)
    cases.produced(case.reference, actor=scene.officer, seen=case.version, key=scene.key())


def _hand_over(scene: Scene, _turn: Turn) -> None:
    counter = scene.staff[COUNTER]
    case = scene.case(counter)
    number = rules.document_number(Details.from_json(case.person.details or {}).passport_number)
    ending = number[-receipts.MOST_OF_A_NUMBER :] or "4821"
    receipt = Receipt(
        receiver=Receiver.APPLICANT, shown=Shown.PASSPORT, ending=ending, is_signed=True
    )
    receipts.hand_over(case.reference, receipt, actor=counter, seen=case.version, key=scene.key())


def _pay(scene: Scene, turn: Turn) -> None:
    cashier = scene.staff[CASHIER]
    case = scene.case(cashier)
    for currency, amount in charging.due_of(case).items():
        with at_desk(scene, turn, currency):
            taking.take_cash(case.reference, currency, amount, actor=cashier, key=scene.key())


@contextmanager
def at_desk(scene: Scene, turn: Turn, currency: str) -> Iterator[None]:
    """Have the cash desk of the day open; that of a day that is over is counted and closed."""
    cashier = scene.staff[CASHIER]
    desk = desks.open_desk(currency, FLOAT, actor=cashier)
    yield
    if turn.ago:
        desks.close(desk.uid, payments.tally_of(desk).expected, actor=cashier)


_ACTS: Mapping[Verb, Callable[[Scene, Turn], None]] = {
    Verb.DRAFT: _draft,
    Verb.SEND: _send,
    Verb.TAKE: _take,
    Verb.LOOK: _look,
    Verb.ASK: _ask,
    Verb.MEND: _mend,
    Verb.ACCEPT: _accept,
    Verb.REFUSE: _refuse,
    Verb.WITHDRAW: _withdraw,
    Verb.COME: _come,
    Verb.SERVE: _serve,
    Verb.PRODUCE: _produce,
    Verb.HAND_OVER: _hand_over,
    Verb.PAY: _pay,
}
"""Booking has a function of its own: it needs a day of the post's calendar."""
