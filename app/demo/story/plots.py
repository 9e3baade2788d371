"""The requests of the demonstration: who asked for what, and what happened when.

Days are working days of the post before today, so the same story fits any day.
"""

from dataclasses import dataclass
from enum import StrEnum


class Verb(StrEnum):
    """What happens in one turn of a request."""

    DRAFT = "draft"
    SEND = "send"
    TAKE = "take"
    LOOK = "look"
    ASK = "ask"
    MEND = "mend"
    ACCEPT = "accept"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    BOOK = "book"
    WISH = "wish"
    COME = "come"
    SERVE = "serve"
    PRODUCE = "produce"
    HAND_OVER = "hand_over"
    PAY = "pay"
    EMPOWER = "empower"
    APPEAL = "appeal"
    PACK = "pack"
    SEAL = "seal"
    DISPATCH = "dispatch"
    ARRIVE = "arrive"
    RETURN = "return"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One thing that happens."""

    verb: Verb
    ago: int
    """Working days before today; an earlier or later turn of the same day keeps its order."""
    number: int = 0
    """Pages filled in (DRAFT), calendar days to mend (ASK)."""
    paper: str = ""
    reason: str = ""
    to: int = 0
    """Working days from today to the visit (BOOK); negative for one that was."""
    hour: str = ""
    site: str = "moscow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """The life of one request."""

    who: str
    service: str
    turns: tuple[Turn, ...]
    officer: str = ""
    child: int = 0
    """Which other person of the household it is for; 0 for the citizen."""
    family: tuple[int, ...] = ()
    """The persons for whom it is filed together, none for one by itself."""
    variant: str = "regular"


def draft(ago: int, pages: int) -> Turn:
    """Begin a request and fill in some pages."""
    return Turn(verb=Verb.DRAFT, ago=ago, number=pages)


def send(ago: int) -> Turn:
    """Fill in everything, attach the papers and send the request."""
    return Turn(verb=Verb.SEND, ago=ago)


def take(ago: int) -> Turn:
    """Have the officer take the request."""
    return Turn(verb=Verb.TAKE, ago=ago)


def look(ago: int) -> Turn:
    """Have the officer accept the answers, with the papers still before them."""
    return Turn(verb=Verb.LOOK, ago=ago)


def ask(ago: int, paper: str, reason: str, *, days: int = 14) -> Turn:
    """Have the officer ask for another paper within some calendar days."""
    return Turn(verb=Verb.ASK, ago=ago, paper=paper, reason=reason, number=days)


def mend(ago: int, paper: str) -> Turn:
    """Send the paper that was asked for."""
    return Turn(verb=Verb.MEND, ago=ago, paper=paper)


def accept(ago: int) -> Turn:
    """Have the officer accept everything."""
    return Turn(verb=Verb.ACCEPT, ago=ago)


def refuse(ago: int, reason: str) -> Turn:
    """Have the officer refuse the request."""
    return Turn(verb=Verb.REFUSE, ago=ago, reason=reason)


def withdraw(ago: int) -> Turn:
    """Have the citizen take the request back."""
    return Turn(verb=Verb.WITHDRAW, ago=ago)


def book(ago: int, *, to: int, hour: str, site: str = "moscow") -> Turn:
    """Take the first free seats from a day and hour on."""
    return Turn(verb=Verb.BOOK, ago=ago, to=to, hour=hour, site=site)


def come() -> Turn:
    """Come to the visit, when it is time."""
    return Turn(verb=Verb.COME, ago=0)


def serve() -> Turn:
    """Be served twenty minutes later."""
    return Turn(verb=Verb.SERVE, ago=0)


def produce(ago: int) -> Turn:
    """Have the document ready."""
    return Turn(verb=Verb.PRODUCE, ago=ago)


def pay(ago: int) -> Turn:
    """Pay the fee at the counter."""
    return Turn(verb=Verb.PAY, ago=ago)


def hand_over(ago: int) -> Turn:
    """Have the document collected."""
    return Turn(verb=Verb.HAND_OVER, ago=ago)


def appeal(ago: int) -> Turn:
    """Have the citizen ask the head to look at a refusal again."""
    return Turn(verb=Verb.APPEAL, ago=ago)


def plot(who: str, service: str, officer: str, *turns: Turn, **more: object) -> Plot:
    """Return the life of a request in its turns."""
    return Plot(who=who, service=service, officer=officer, turns=turns, **more)  # type: ignore[arg-type]


_PEOPLE_TO_SHOW = (
    plot(
        "layan",
        "EXTRACT_IND",
        "yusuf",
        send(38),
        take(36),
        accept(36),
        produce(31),
        pay(28),
        hand_over(28),
    ),
    plot(
        "layan",
        "PASS_FIRST",
        "yusuf",
        send(10),
        take(8),
        accept(6),
        book(5, to=3, hour="10:15"),
        come(),
        serve(),
        child=1,
    ),
    plot("layan", "PASS_RENEW", "maher", send(7), take(5), ask(2, "photo", "background", days=12)),
    plot("samer", "PASS_RENEW", "rana", send(6), take(4), accept(1)),
    plot("samer", "PASS_FIRST", "", draft(2, 1), child=2),
)
"""Layan and Samer, in whose place a visitor signs in."""

_DRAFTS = (
    plot("dima", "NO_CRIM", "", draft(1, 0)),
    plot("jamil", "PASS_RENEW", "", draft(4, 2)),
    plot("hanan", "ATTEST", "", draft(9, 3)),
)

_SUBMITTED = (
    plot("omar", "PASS_RENEW", "", send(1), variant="urgent"),
    plot("sawsan", "PASS_FIRST", "", send(3), child=1),
    plot("fadi", "EXTRACT_IND", "", send(2)),
    plot("lina", "CONS_REG", "", send(1)),
    plot("tarek", "LIFE_CERT", "", send(1)),
    # Accepted by one of two officers: a second one looks at it, whoever that is.
    plot("hazem", "LAISSEZ", "maher", send(2), take(2), accept(1)),
    plot("samar", "PASS_RENEW", "", send(2)),
)

_IN_REVIEW = (
    plot("bassel", "STUDENT_LETTER", "rana", send(8), take(6)),
    plot("hala", "PASS_RENEW", "rana", send(17), take(12), look(11)),
    plot("fatima", "PASS_LOST", "rana", send(9), take(2), look(1)),
    plot(
        "mazen",
        "RESID",
        "rana",
        send(6),
        take(5),
        ask(5, "residence", "unreadable"),
        mend(1, "residence"),
    ),
    plot("anas", "CIV_BIRTH", "yusuf", send(10), take(3), child=1),
    plot("nizar", "PASS_EXTEND", "maher", send(2), take(1)),
)

_ACTION_NEEDED = (
    plot("rima", "PASS_FIRST", "maher", send(8), take(6), ask(4, "photo", "face"), child=1),
    plot("ghassan", "EXTRACT_FAM", "yusuf", send(6), take(4), ask(3, "identity", "unreadable")),
    plot(
        "ghada",
        "CIV_BIRTH",
        "maher",
        send(12),
        take(9),
        ask(7, "birth_certificate", "not_translated", days=21),
        child=1,
    ),
    plot("nour", "STUDENT_LETTER", "yusuf", send(3), take(2), ask(1, "enrolment", "unreadable")),
)

_IN_PROGRESS = (
    plot(
        "abeer",
        "PASS_RENEW",
        "yusuf",
        send(14),
        take(11),
        accept(10),
        book(9, to=0, hour="09:15"),
        come(),
    ),
    plot(
        "qusai",
        "PASS_LOST",
        "maher",
        send(12),
        take(9),
        accept(7),
        book(6, to=0, hour="10:30"),
        come(),
    ),
    plot(
        "ayham",
        "LIFE_CERT",
        "maher",
        send(2),
        take(2),
        accept(2),
        book(1, to=0, hour="12:15"),
        come(),
    ),
    plot(
        "lina",
        "PASS_RENEW",
        "yusuf",
        send(13),
        take(12),
        accept(11),
        book(10, to=-6, hour="11:00", site="saint_petersburg"),
        come(),
        serve(),
    ),
)

_READY = (
    plot(
        "munir",
        "PASS_RENEW",
        "maher",
        send(28),
        take(26),
        accept(25),
        book(24, to=-18, hour="09:30"),
        come(),
        serve(),
        pay(18),
        produce(3),
    ),
    plot("ghada", "EXTRACT_FAM", "yusuf", send(11), take(9), accept(8), produce(1)),
    plot("hazem", "TO_WHOM", "maher", send(7), take(6), accept(6), produce(2)),
    plot(
        "tarek",
        "ATTEST",
        "yusuf",
        send(9),
        take(8),
        accept(7),
        book(6, to=-1, hour="11:00"),
        come(),
        serve(),
    ),
)

_ENDED = (
    plot(
        "samar",
        "ATTEST_STUDY",
        "maher",
        send(25),
        take(24),
        accept(23),
        book(22, to=-18, hour="10:00"),
        come(),
        serve(),
        pay(17),
        hand_over(17),
    ),
    plot(
        "rima",
        "PASS_RENEW",
        "yusuf",
        send(40),
        take(38),
        ask(37, "photo", "clothes"),
        mend(35, "photo"),
        accept(34),
        book(33, to=-27, hour="10:00", site="saint_petersburg"),
        come(),
        serve(),
        pay(27),
        produce(15),
        hand_over(12),
    ),
    plot(
        "anas",
        "NO_CRIM",
        "maher",
        send(33),
        take(31),
        accept(30),
        produce(24),
        pay(20),
        hand_over(20),
    ),
    plot("adnan", "RESID", "maher", send(15), take(13), refuse(12, "not_competent"), appeal(2)),
    plot("sawsan", "CONS_REG", "", send(21), withdraw(20)),
    plot("omar", "PASS_LOST", "maher", send(39), take(36), ask(35, "police_report", "unreadable")),
)

ALL = (
    *_PEOPLE_TO_SHOW,
    *_DRAFTS,
    *_SUBMITTED,
    *_IN_REVIEW,
    *_ACTION_NEEDED,
    *_IN_PROGRESS,
    *_READY,
    *_ENDED,
)
