"""Who a person is: names in three scripts, birth, numbers; and what an address is."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, Self

from app.core import months
from app.core import text as texts
from app.core.actor import Role

EARLIEST_YEAR = 1890
LONGEST_ADDRESS = 254
FEWEST_DIGITS = 5
"""Of a phone, with or without its area."""
CODE_LENGTH = 6
RECOVERY_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without those that look like others: 5 bits each."""
RECOVERY_LENGTH = 16
"""80 bits; reliability S06 asks for 64."""

_ADDRESS = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
)
_ARTICLE = re.compile(r"\b(?:(?:al|el|аль|эль)\b ?|(?:al|el|аль|эль)(?=\w{4}))")
"""The article of a family name in Latin or Cyrillic, apart or joined. Marks are only compared, so
that it does no harm to take it from a name that merely begins so."""
_YEAR = re.compile(r"\d{4}")
_USUAL_NATIONAL_NUMBER = re.compile(r"\d{10,12}")
_USUAL_PASSPORT = re.compile(r"[A-Z]{0,3}\d{6,10}")


class Sex(StrEnum):
    """As the civil register enters it."""

    FEMALE = "female"
    MALE = "male"


class AuthorityKind(StrEnum):
    """By what right an account acts for a person."""

    SELF = "self"
    PARENT = "parent"
    GUARDIAN = "guardian"
    AGENT = "agent"


def by_paper(kind: AuthorityKind) -> bool:
    """Return whether a court or a notary gave this right, so that its paper has to be shown.

    That of a parent stands in the civil record, which a service asks for where it matters.
    """
    return kind in {AuthorityKind.GUARDIAN, AuthorityKind.AGENT}


class SecurityChange(StrEnum):
    """What the owner of an account is told of at once, because a thief would do it too."""

    SIGNED_IN = "signed_in"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    PASSKEY_SUSPECTED = "passkey_suspected"
    PASSWORD_SET = "password_set"  # noqa: S105  (the name of an event)
    PASSWORD_REMOVED = "password_removed"  # noqa: S105  (the name of an event)
    APP_ADDED = "app_added"
    APP_REMOVED = "app_removed"
    APP_BEGUN_TWICE = "app_begun_twice"
    SECOND_TRIED = "second_tried"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_ASKED = "recovery_asked"
    RECOVERY_STOPPED = "recovery_stopped"
    RECOVERY_DONE = "recovery_done"
    FACTOR_RESET = "factor_reset"
    PHONE_CONFIRMED = "phone_confirmed"
    PHONE_REMOVED = "phone_removed"
    ADDRESS_CONFIRMED = "address_confirmed"
    STAFF_ADDRESS_CONFIRMED = "staff_address_confirmed"
    ADDRESS_REMOVED = "address_removed"
    ADDRESS_BOUNCED = "address_bounced"
    CHANGE_STOPPED = "change_stopped"
    SIGN_ON_LINKED = "sign_on_linked"


class Remark(StrEnum):
    """What is unusual about a person's details; none of it stops anybody."""

    NATIONAL_NUMBER_UNUSUAL = "national_number_unusual"
    PASSPORT_UNUSUAL = "passport_unusual"
    FAMILY_MISSING = "family_missing"


class MarkKind(StrEnum):
    """What a mark stands for; names are folded, so that their usual spellings meet."""

    NATIONAL = "national"
    PASSPORT = "passport"
    NAME_AR = "name_ar"
    """First name, father's and family name in Arabic."""
    NAME_LATIN = "name_latin"
    NAME_RU = "name_ru"
    MOTHER = "mother"
    BIRTH = "birth"
    """The whole day of birth."""
    YEAR = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What is known of a person, as typed; empty text stands for what was not given."""

    first_ar: str = ""
    father_ar: str = ""
    grandfather_ar: str = ""
    family_ar: str = ""
    mother_first_ar: str = ""
    mother_family_ar: str = ""
    first_latin: str = ""
    father_latin: str = ""
    family_latin: str = ""
    first_ru: str = ""
    father_ru: str = ""
    family_ru: str = ""
    sex: str = ""
    """A value of Sex."""
    birth: str = ""
    """An ISO day, or a year alone where no more is known."""
    birth_place: str = ""
    national_number: str = ""
    passport_number: str = ""

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Return the details that were stored; keys of another time are passed over.

        Any: JSON.
        """
        return cls(**{key: str(value) for key, value in stored.items() if key in _KNOWN})

    def to_json(self) -> dict[str, str]:
        """Return what is stored: every field that was given."""
        return {key: value for key, value in asdict(self).items() if value}

    @property
    def birth_on(self) -> date | None:
        """Return the day of birth, None where only the year is known."""
        return None if self.is_year_only or not self.birth else date.fromisoformat(self.birth)

    @property
    def birth_year(self) -> int | None:
        """Return the year of birth."""
        return int(self.birth[:4]) if self.birth else None

    @property
    def is_year_only(self) -> bool:
        """Return whether no more than the year of birth is known."""
        return bool(_YEAR.fullmatch(self.birth))


_KNOWN = frozenset(field.name for field in fields(Details))


def arabic_name(details: Details) -> str:
    """Return first name, father's, grandfather's and family name in Arabic."""
    return _join(details.first_ar, details.father_ar, details.grandfather_ar, details.family_ar)


def latin_name(details: Details) -> str:
    """Return the name as in the passport: first name, father's, family name."""
    return _join(details.first_latin, details.father_latin, details.family_latin)


def russian_name(details: Details) -> str:
    """Return the name as Russian papers write it."""
    return _join(details.first_ru, details.father_ru, details.family_ru)


def display_name(details: Details, language: str) -> str:
    """Return the name for a reader: Arabic in Arabic, else Latin, else whatever there is."""
    arabic, latin = arabic_name(details), latin_name(details)
    if language == "ar":
        return arabic or latin or russian_name(details)
    return latin or russian_name(details) or arabic


def mother_name(details: Details) -> str:
    """Return the mother's first name and family name in Arabic."""
    return _join(details.mother_first_ar, details.mother_family_ar)


def age(details: Details, on: date) -> int | None:
    """Return full years of age on a day, None without a birth.

    Somebody of whom only the year is known counts as born on 1 January, as
    civil registers enter it.
    """
    if details.birth_year is None:
        return None
    born = details.birth_on or date(details.birth_year, 1, 1)
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def rights_of(held: Iterable[tuple[int, Role]]) -> tuple[int | None, frozenset[Role]]:
    """Return the post at which somebody with these (post id, role) pairs acts, and as what.

    That is the post with the lowest id; what somebody may do elsewhere counts for nothing there.
    """
    pairs = list(held)
    post_id = min((post for post, _role in pairs), default=None)
    return post_id, frozenset(role for post, role in pairs if post == post_id)


def warnings(details: Details) -> list[Remark]:
    """Return what is unusual and worth a second look."""
    found = []
    number, passport = digits_of(details.national_number), document_number(details.passport_number)
    if details.national_number and not _USUAL_NATIONAL_NUMBER.fullmatch(number):
        found.append(Remark.NATIONAL_NUMBER_UNUSUAL)
    if details.passport_number and not _USUAL_PASSPORT.fullmatch(passport):
        found.append(Remark.PASSPORT_UNUSUAL)
    if not details.family_ar:
        found.append(Remark.FAMILY_MISSING)
    return found


def identity(details: Details) -> str:
    """Return what makes a person one and the same, whatever account entered them.

    The national number, else the passport, else the Arabic names with those of
    the parents and the birth (architecture, "One person"). Its keyed hash is
    the fingerprint.
    """
    if number := digits_of(details.national_number):
        return f"national:{number}"
    if passport := document_number(details.passport_number):
        return f"passport:{passport}"
    names = (
        details.first_ar,
        details.father_ar,
        details.family_ar,
        details.mother_first_ar,
        details.mother_family_ar,
    )
    return "|".join(["names", *(texts.match_key(name) for name in names), details.birth])


def search_words(details: Details) -> set[str]:
    """Return the words and beginnings under which staff find a person."""
    words: set[str] = set()
    for name in (arabic_name(details), latin_name(details), russian_name(details)):
        words |= texts.words_and_beginnings(name)
    numbers = (digits_of(details.national_number), document_number(details.passport_number))
    return words | {number.casefold() for number in numbers if number}


def words_of_marks(details: Details) -> dict[MarkKind, str]:
    """Return what is marked of a person, folded; what was not given is left out."""
    found = {
        MarkKind.NATIONAL: digits_of(details.national_number),
        MarkKind.PASSPORT: document_number(details.passport_number),
        MarkKind.NAME_AR: _whole(details.first_ar, details.father_ar, details.family_ar),
        MarkKind.NAME_LATIN: _whole(details.first_latin, details.family_latin),
        MarkKind.NAME_RU: _whole(details.first_ru, details.family_ru),
        MarkKind.MOTHER: _whole(details.mother_first_ar, details.mother_family_ar),
        MarkKind.BIRTH: "" if details.is_year_only else details.birth,
        MarkKind.YEAR: details.birth[:4],
    }
    return {kind: word for kind, word in found.items() if word}


def _whole(*names: str) -> str:
    keys = [_ARTICLE.sub("", texts.match_key(name)) for name in names]
    return "|".join(keys) if all(keys) else ""


def digits_of(typed: str) -> str:
    """Return the digits of a number, whatever digits and blanks it was typed with."""
    return "".join(sign for sign in texts.fold_digits(typed) if sign in "0123456789")


def document_number(typed: str) -> str:
    """Return a passport's number in capitals, without blanks and dashes."""
    return "".join(sign for sign in texts.fold_digits(typed).upper() if sign.isalnum())


def code_of(typed: str) -> str:
    """Return the digits of a one-time code as typed or pasted; too many make it wrong."""
    return digits_of(typed[:40])


def recovery_code_of(typed: str) -> str:
    """Return a recovery code as it is compared: capitals, without blanks and dashes."""
    signs = (sign for sign in texts.fold_digits(typed[:60]).upper() if sign.isalnum())
    return "".join(signs).translate(_LOOK_ALIKES)


_LOOK_ALIKES = str.maketrans("OILU", "011V")


def is_way_in(kind: str, *, has_passkey: bool) -> bool:
    """Return whether a code to a contact of a kind lets somebody in by itself.

    One by text does not where there is a passkey: a stolen number must not go round it.
    """
    return kind == "email" or (kind == "phone" and not has_passkey)


def has_way_back(kinds: Iterable[str], *, has_passkey: bool) -> bool:
    """Return whether an account with contacts of these kinds can be entered when all else is lost.

    A passkey is none: its device can be lost.
    """
    return any(is_way_in(kind, has_passkey=has_passkey) for kind in kinds)


def is_recovery_code(typed: str) -> bool:
    """Return whether what was typed is as long as a recovery code, and so no code of an app."""
    return len(recovery_code_of(typed)) == RECOVERY_LENGTH


def grouped(code: str) -> str:
    """Return a long code in groups of four, as it is written down."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


_KNOWN_TO_OWNER = frozenset({"pwd", "pin", "kba"})
_HELD_BY_OWNER = frozenset({"otp", "hwk", "swk", "sc", "pop", "sms", "tel"})
_OWNER_IS = frozenset({"face", "fpt", "iris", "retina", "vbm"})


def has_two_factors(methods: Iterable[str], level: str, levels: Iterable[str]) -> bool:
    """Return whether a provider asked for two factors: it says "mfa", methods of two kinds
    (RFC 8176), or a level that the settings name."""
    used = set(methods)
    kinds = sum(bool(used & kind) for kind in (_KNOWN_TO_OWNER, _HELD_BY_OWNER, _OWNER_IS))
    return "mfa" in used or kinds >= 2 or (level != "" and level in set(levels))


def find_address(typed: str) -> str | None:
    """Return a mail address as it is compared, or None when it is not one.

    Letters beyond ASCII are refused: a look-alike must never reach the account
    of somebody else.
    """
    if len(typed) > LONGEST_ADDRESS:
        return None
    try:
        address = texts.clean_line(typed).casefold()
    except texts.UnreadableText:
        return None
    return address if address.isascii() and _ADDRESS.fullmatch(address) else None


def is_like_phone(typed: str) -> bool:
    """Return whether somebody meant a phone: more digits than any word has, and no letters."""
    typed = typed[:LONGEST_ADDRESS]
    is_word = any(sign.isalpha() or sign == "@" for sign in typed)
    return not is_word and len(digits_of(typed)) >= FEWEST_DIGITS


def is_cut_short(typed: str) -> bool:
    """Return whether an address lacks its sign, its name or the ending of its domain."""
    name, _at, domain = typed.strip().rpartition("@")
    return typed.isascii() and not (name and all(domain.partition(".")))


def find_birth(year: str, month: str, day: str, *, today: date) -> str | None:
    """Return a birth as an ISO day or a year, None when there was no such day.

    Digits of any script, the month also by its name; month and day may both be empty.
    """
    named = str(months.number_of(month) or month)
    parts = [texts.fold_digits(part).strip() for part in (year, named, day)]
    if not _YEAR.fullmatch(parts[0]) or not _is_ascii_digits(parts):
        return None
    if not EARLIEST_YEAR <= int(parts[0]) <= today.year:
        return None
    if not parts[1] and not parts[2]:
        return parts[0]
    try:
        born = date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        return None
    return born.isoformat() if born <= today else None


def _is_ascii_digits(parts: list[str]) -> bool:
    return all(len(part) <= 4 and part.isascii() and (not part or part.isdigit()) for part in parts)


def _join(*names: str) -> str:
    return " ".join(name for name in names if name)
