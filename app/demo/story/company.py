"""The requests in which others have a part: households, agents, visitors, the capital,
and everybody who wants the same few seats."""

from app.demo.story import plots
from app.demo.story.plots import (
    Turn,
    Verb,
    accept,
    book,
    come,
    hand_over,
    pay,
    plot,
    produce,
    send,
    serve,
    take,
)


def empower(ago: int) -> Turn:
    """Give the paper by which the citizen acts for the person."""
    return Turn(verb=Verb.EMPOWER, ago=ago)


def pack(ago: int) -> Turn:
    """Put the papers into the consignment that is being filled."""
    return Turn(verb=Verb.PACK, ago=ago)


def seal(ago: int) -> Turn:
    """Seal the consignment in which the papers lie."""
    return Turn(verb=Verb.SEAL, ago=ago)


def dispatch(ago: int) -> Turn:
    """Have the courier take it."""
    return Turn(verb=Verb.DISPATCH, ago=ago)


def arrive(ago: int) -> Turn:
    """Have the capital say that it came."""
    return Turn(verb=Verb.ARRIVE, ago=ago)


def wish(ago: int) -> Turn:
    """Wish for the days of the draw."""
    return Turn(verb=Verb.WISH, ago=ago)


def come_back(ago: int) -> Turn:
    """Have it come back: what is asked for here is there, the rest lacks a paper."""
    return Turn(verb=Verb.RETURN, ago=ago)


_HOUSEHOLDS = (
    plot(
        "khaled",
        "PASS_RENEW",
        "yusuf",
        empower(16),
        send(15),
        take(14),
        accept(12),
        book(11, to=-8, hour="10:00"),
        come(),
        serve(),
        pay(8),
        produce(1),
        family=(0, 1, 2, 3),
    ),
    plot(
        "mazen",
        "PASS_RENEW",
        "yusuf",
        send(9),
        take(8),
        accept(7),
        book(6, to=0, hour="10:00"),
        come(),
        family=(0, 1),
    ),
)
"""Parents with two children whose passports are ready, and two who are here and owe the fee."""

_FOR_OTHERS = (
    plot("tarek", "NO_CRIM", "maher", empower(5), send(4), take(2), child=1),
    plot("visitor", "LIFE_CERT", "", send(1)),
)
"""An agent whose power of attorney waits to be checked, and somebody without an account."""

_TO_THE_CAPITAL = (
    plot("jamil", "NATION_CERT", "yusuf", send(36), take(35), accept(34), pack(33)),
    plot(
        "fatima",
        "FAM_BOOK",
        "yusuf",
        send(36),
        take(35),
        accept(34),
        pack(33),
        seal(32),
        dispatch(32),
        arrive(26),
        come_back(6),
        pay(5),
        hand_over(5),
    ),
    plot("dima", "NATION_CERT", "yusuf", send(16), take(14), accept(13), pack(12)),
    plot(
        "adnan",
        "FAM_BOOK",
        "yusuf",
        send(16),
        take(14),
        accept(13),
        pack(12),
        seal(11),
        dispatch(10),
    ),
)
"""One consignment that came back with a difference, and one that is on its way."""

_FEW_SEATS = (
    plot("layan", "RESID", "maher", send(12), take(9), accept(7)),
    plot("omar", "RESID", "maher", send(11), take(9), accept(8), wish(3)),
    plot("hanan", "RESID", "yusuf", send(14), take(12), accept(11), wish(2)),
    plot("samer", "CONS_REG", "maher", send(9), take(7), accept(5)),
)
"""Those who wished for a time in the draw, Layan, who may still, and Samer, who may line up."""

ALL = (*plots.ALL, *_HOUSEHOLDS, *_FOR_OTHERS, *_TO_THE_CAPITAL, *_FEW_SEATS)
"""All requests, those of one person first."""
