"""What a text of a post may say and hold: ((fields)) of a fixed list, nothing that is evaluated."""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.catalogue.translation import TextState
from app.notifications.rules import Channel


class Kind(StrEnum):
    """What kind of text it is."""

    MAIL = "mail"
    SHORT = "short"
    LINE = "line"
    """Of the inbox."""


KINDS: Mapping[Channel, Kind] = {
    Channel.EMAIL: Kind.MAIL,
    Channel.SMS: Kind.SHORT,
    Channel.PORTAL: Kind.LINE,
    # A chat shows a link as text; a browser leads on by itself, as the inbox does.
    Channel.TELEGRAM: Kind.SHORT,
    Channel.PUSH: Kind.LINE,
}
"""What kind of text goes by a channel."""


class Field(StrEnum):
    """What is put in for a name in double round brackets, in the words of the reader's language."""

    REFERENCE = "reference"
    STATUS = "status"
    WHEN = "when"
    DAY = "day"
    TIME = "time"
    PLACE = "place"
    UNTIL = "until"
    BEFORE = "before"
    WHY = "why"
    LINK = "link"


OF_NEEDS: Mapping[str, tuple[Field, ...]] = {
    "reference": (Field.REFERENCE,),
    "starts_at": (Field.WHEN, Field.DAY, Field.TIME),
    "on": (Field.DAY,),
    "until_on": (Field.UNTIL,),
    "until_at": (Field.UNTIL,),
    "was_at": (Field.BEFORE,),
    "why": (Field.WHY,),
}
"""What a value of a payload is called in a text."""
SENSITIVE = frozenset(
    {
        *("name", "first_name", "last_name", "applicant", "person", "citizen", "birth_date"),
        *("passport", "passport_number", "national_number", "phone", "email", "address"),
        *("service", "title", "paper", "papers", "document", "documents", "reason", "answer"),
        *("note", "officer", "الاسم", "اسم", "جواز", "الجواز", "имя", "фио", "паспорт"),
    }
)
"""What nobody who sees a message over a shoulder may read; said so, and not just as unknown."""

LONGEST_SUBJECT = 120
LONGEST_BODY = 3000
LONGEST_SHORT = 300
LONGEST_VALUE = 300
MOST_PARTS = 4
"""A text that goes in more short messages than this costs more than it tells."""

_MARK = re.compile(r"\(\(([^()]*)\)\)")
_NAME = re.compile(r"\(\(([a-z]+)\)\)")
_BRACKETS = re.compile(r"\(\(|\)\)")
_ADDRESSES = re.compile(
    r"://|@|(?<![a-z])www\.|(?<![a-z])(?:javascript|data|vbscript|mailto|tel):"
    r"|(?<=\w)[.\u3002](?=[a-z]{2,24}(?!\w))"
    r"|(?<=\w)[.\u3002](?=(?:рф|рус|сайт|онлайн|سورية|سوريا|موقع|شبكة)(?!\w))"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b",
    re.IGNORECASE,
)
"""A way out of the message, or what a reader's program would make one of."""


class Fault(StrEnum):
    """Why a text cannot be taken."""

    LONG = "long"
    UNKNOWN = "unknown"
    SENSITIVE = "sensitive"
    BROKEN = "broken"
    ADDRESS = "address"
    LACKS = "lacks"
    PARTS = "parts"
    HALF = "half"
    """A mail needs a subject and a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One reason why a text cannot be taken; `name` is a field, `most` a bound."""

    fault: Fault
    name: str = ""
    most: int = 0
    in_subject: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text of a post in one language; a subject has only a mail."""

    subject: str = ""
    body: str

    def __bool__(self) -> bool:
        """Return whether it says anything."""
        return bool(self.subject or self.body)


Wanted = tuple[frozenset[Field], ...]
"""Of one of these sets all are needed; the first is the one that is asked for."""
TIMES: Wanted = (frozenset({Field.WHEN}), frozenset({Field.DAY, Field.TIME}))


def fields_of(needs: Collection[str], kind: Kind, *, has_place: bool) -> tuple[Field, ...]:
    """Return what a text of an event may hold, by what its payload is sure to hold.

    A line of the inbox leads on by itself and names no link.
    """
    found = {Field.STATUS} if kind is Kind.LINE else {Field.STATUS, Field.LINK}
    found.update(field for need in needs for field in OF_NEEDS.get(need, ()))
    if has_place:
        found.add(Field.PLACE)
    return tuple(field for field in Field if field in found)


def wanted_of(needs: Collection[str], kind: Kind) -> list[Wanted]:
    """Return without which fields a text is worth nothing; the frame of a mail has the number."""
    wanted: list[Wanted] = []
    if "reference" in needs and kind is not Kind.MAIL:
        wanted.append((frozenset({Field.REFERENCE}),))
    if "starts_at" in needs:
        wanted.append(TIMES)
    if {"until_on", "until_at"} & set(needs):
        wanted.append((frozenset({Field.UNTIL}),))
    return wanted


def leads_elsewhere(text: str) -> bool:
    """Return whether a text holds what is an address, or looks like one to a reader's program."""
    return _ADDRESSES.search(unicodedata.normalize("NFKC", text)) is not None


def normalised(text: str) -> str:
    """Return a text whose names of fields are written as they are looked up."""
    return _MARK.sub(lambda found: f"(({_name(found[1])}))", text)


def names_in(text: str) -> list[str]:
    """Return the names that stand in double round brackets, in their order."""
    return [_name(found) for found in _MARK.findall(text)]


def _name(typed: str) -> str:
    return " ".join(typed.split()).casefold()


def faults(
    words: Words, kind: Kind, *, fields: Collection[Field], wanted: Collection[Wanted]
) -> list[Problem]:
    """Return why a text cannot be taken; none when it can."""
    is_mail = kind is Kind.MAIL
    if is_mail and not (words.subject and words.body):
        return [Problem(fault=Fault.HALF, in_subject=not words.subject)]
    longest = LONGEST_BODY if is_mail else LONGEST_SHORT
    found = list(_faults_of(words.body, fields, longest))
    # A link is of no use in a subject, and makes it look like what it is not.
    named = [field for field in fields if field is not Field.LINK]
    for problem in _faults_of(words.subject, named, LONGEST_SUBJECT):
        found.append(
            Problem(fault=problem.fault, name=problem.name, most=problem.most, in_subject=True)
        )
    return found or list(_lacks(names_in(words.subject) + names_in(words.body), wanted))


def _faults_of(text: str, fields: Collection[Field], longest: int) -> Iterator[Problem]:
    if len(text) > longest:
        yield Problem(fault=Fault.LONG, most=longest)
        return
    allowed = {field.value for field in fields}
    for name in dict.fromkeys(names_in(text)):
        if name not in allowed:
            fault = Fault.SENSITIVE if name in SENSITIVE else Fault.UNKNOWN
            yield Problem(fault=fault, name=name)
    bare = _MARK.sub("", text)
    if _BRACKETS.search(bare):
        yield Problem(fault=Fault.BROKEN)
    if leads_elsewhere(bare):
        yield Problem(fault=Fault.ADDRESS)


def _lacks(names: Collection[str], wanted: Collection[Wanted]) -> Iterator[Problem]:
    for ways in wanted:
        if not any(way <= set(names) for way in ways):
            yield Problem(fault=Fault.LACKS, name=next(iter(ways[0])))


def filled(text: str, values: Mapping[str, str]) -> str | None:
    """Return a text with the values put in, once: what stands within a value stays as it is.

    None where a value is absent, for nothing is sent with a hole.
    """
    names = names_in(text)
    if any(not values.get(name) for name in names):
        return None
    return _NAME.sub(lambda found: values[found[1]], text)


def bounded(value: str) -> str:
    """Return a value as one line, cut where it is longer than a message bears."""
    line = " ".join(value.split())
    return line if len(line) <= LONGEST_VALUE else f"{line[: LONGEST_VALUE - 1]}…"


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text, which empty lines part."""
    return [part.strip() for part in re.split(r"\n[^\S\n]*\n", text) if part.strip()]


def fingerprint(words: Words) -> str:
    """Return a short hash of a text, to see whether it has changed."""
    said = f"{words.subject}\0{words.body}"
    return hashlib.sha256(said.encode()).hexdigest()[:12]


NOTHING = Words(body="")


def state_of(
    language: str, texts: Mapping[str, Words], made_from: Mapping[str, str], main: str
) -> TextState:
    """Return how a text stands in a language: stale when the main one has changed since."""
    if not texts.get(language):
        return TextState.MISSING
    if language == main:
        return TextState.SOURCE
    is_current = made_from.get(language) == fingerprint(texts.get(main, NOTHING))
    return TextState.CURRENT if is_current else TextState.STALE


def sources(
    before: Mapping[str, Words],
    after: Mapping[str, Words],
    made_from: Mapping[str, str],
    *,
    main: str,
    confirmed: Collection[str] = (),
) -> dict[str, str]:
    """Return of which source each translation of a new version was made, as a hash by language.

    Of the present one when its words were changed or somebody said that they still fit.
    """
    present = fingerprint(after.get(main, NOTHING))
    return {
        language: present
        if language in confirmed or before.get(language) != words
        else made_from.get(language, present)
        for language, words in after.items()
        if language != main and words
    }
