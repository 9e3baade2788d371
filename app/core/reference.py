"""Case references that survive dictation, such as JM-7K3Q-92DA-X."""

import random as randomness
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from app.core import text as texts

# Without the look-alikes B (8), I and L (1), O (0), S (5), U (V) and Z (2) there
# are 29 signs. The count is a prime, so a weighted sum modulo 29 with distinct
# weights finds every wrong sign and every swap of two signs.
ALPHABET = "0123456789ACDEFGHJKMNPQRTVWXY"
LETTERS = ALPHABET[10:]
BODY_LENGTH = 8
FEWEST_HYPHENS = 2
"""Between the groups of a reference, also of one that is typed without its prefix."""

_VALUES = {sign: value for value, sign in enumerate(ALPHABET)}
_LOOK_ALIKES = str.maketrans("OILSBZU", "011582V")
_CYRILLIC = str.maketrans("АВЕКМНОРСТУХ", "A8EKMH0PCTYX")
_PREFIX = re.compile(f"[{LETTERS}]{{2,4}}")
_BODY = re.compile(f"[{ALPHABET}]{{{BODY_LENGTH + 1}}}")


class Part(StrEnum):
    """What is wrong with a typed reference."""

    LENGTH = "length"
    PREFIX = "prefix"
    BODY = "body"
    CHECK = "check"


class WrongReference(ValueError):
    """The text is no reference; `part` says where it fails."""

    def __init__(self, part: Part) -> None:
        super().__init__(part.value)
        self.part = part


class Chooser(Protocol):
    """What draws signs: secrets.SystemRandom() in service, a seeded Random in tests."""

    def choice(self, seq: Sequence[str], /) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A reference whose check character is right."""

    prefix: str
    body: str

    @property
    def check(self) -> str:
        """The character that makes the weighted sum of all signs a multiple of 29."""
        return ALPHABET[-_weigh(self.prefix + self.body) % len(ALPHABET)]

    def __str__(self) -> str:
        return f"{self.prefix}-{self.body[:4]}-{self.body[4:]}-{self.check}"


def make(prefix: str, random: Chooser | None = None) -> Reference:
    """Return a new reference of the post with this prefix.

    The prefix is two to four letters of the alphabet. Whoever stores the
    reference lets a unique constraint find the rare collision.
    """
    if not _PREFIX.fullmatch(prefix):
        raise WrongReference(Part.PREFIX)
    draw = random or randomness.SystemRandom()
    return Reference(prefix=prefix, body="".join(draw.choice(ALPHABET) for _ in range(BODY_LENGTH)))


def parse(typed: str) -> Reference:
    """Return the reference that was typed, read aloud or copied by hand.

    Case, spaces, dashes, Arabic digits, look-alikes and Russian letters that
    look Latin do not matter. Raises WrongReference.
    """
    signs = fold(typed)
    prefix, rest = signs[: -BODY_LENGTH - 1], signs[-BODY_LENGTH - 1 :]
    if not 2 <= len(prefix) <= 4:
        raise WrongReference(Part.LENGTH)
    if not _PREFIX.fullmatch(prefix):
        raise WrongReference(Part.PREFIX)
    if not _BODY.fullmatch(rest):
        raise WrongReference(Part.BODY)
    reference = Reference(prefix=prefix, body=rest[:-1])
    if reference.check != rest[-1]:
        raise WrongReference(Part.CHECK)
    return reference


def parse_at(typed: str, prefix: str) -> Reference:
    """Return the reference that was typed, also without the prefix of its post.

    Raises WrongReference as parse, of what was typed.
    """
    try:
        return parse(typed)
    except WrongReference:
        if len(fold(typed)) != BODY_LENGTH + 1:
            raise
    return parse(prefix + typed)


def mended(typed: str, prefix: str) -> Reference | None:
    """Return the reference that was meant where its check character alone is wrong, else None.

    It may have been typed without the prefix of its post. A name of nine or eleven letters reads
    like a reference, so what has neither a digit nor the groups of one is taken for none.
    """
    try:
        parse_at(typed, prefix)
    except WrongReference as wrong:
        signs = fold(typed)
        is_name = signs.isalpha() and typed.count("-") < FEWEST_HYPHENS
        if wrong.part is not Part.CHECK or is_name:
            return None
        whole = signs if len(signs) > BODY_LENGTH + 1 else prefix + signs
        return Reference(prefix=whole[: -BODY_LENGTH - 1], body=whole[-BODY_LENGTH - 1 : -1])
    return None


def fold(typed: str) -> str:
    """Return the signs that were meant: capitals of the alphabet, no blanks, no look-alikes."""
    signs = "".join(sign for sign in texts.fold_digits(typed[:100]).upper() if sign.isalnum())
    return signs.translate(_CYRILLIC).translate(_LOOK_ALIKES)


def unbroken(text: str) -> str:
    """Return a reference that no line of print breaks: word joiners beside its hyphens."""
    return text.replace("-", "\u2060-\u2060")


def _weigh(signs: str) -> int:
    """Return the sum of the signs, each times its place counted from the check (1)."""
    return sum(_VALUES[sign] * place for place, sign in enumerate(reversed(signs), start=2))
