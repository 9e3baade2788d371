"""The invented citizens of the demonstration: who they are and for whom they act."""

import random
from dataclasses import dataclass

from app.accounts.rules import AuthorityKind, Details, Sex
from app.demo import accounts
from app.demo.story import names

SEED = 20261124


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """A citizen: themselves first, then those for whom they act, each by a right.

    A visitor has no address.
    """

    address: str
    language: str
    people: tuple[Details, ...]
    kinds: tuple[AuthorityKind, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """What distinguishes one citizen; the rest is drawn."""

    first: str
    father: str
    family: str
    language: str
    born: int
    children: tuple[tuple[str, int], ...] = ()
    """First name and year of birth."""
    principals: tuple[tuple[str, str, str, int], ...] = ()
    """For whom they act by a paper: first name, father, family, year of birth."""
    has_account: bool = True


ROWS = {
    "layan": Row("Layan", "Adnan", "Darwish", "ar", 1994, (("Joud", 2019),)),
    "samer": Row("Samer", "Munir", "Haddad", "ru", 1985, (("Yazan", 2014), ("Maya", 2018))),
    "hala": Row("Hala", "Jamil", "Al-Shami", "ar", 1979),
    "omar": Row("Omar", "Ghassan", "Khoury", "ru", 1990),
    "bassel": Row("Bassel", "Khaled", "Al-Hamwi", "ar", 2002),
    "rima": Row("Rima", "Nizar", "Sabbagh", "ar", 1988, (("Karam", 2016),)),
    "tarek": Row(
        "Tarek", "Fadi", "Najjar", "ru", 1971, principals=(("Nour", "Samer", "Haddad", 1990),)
    ),
    "dima": Row("Dima", "Mazen", "Al-Masri", "ar", 1999),
    "anas": Row("Anas", "Hazem", "Kurdi", "ar", 1995, (("Rahaf", 2025),)),
    "nour": Row("Nour", "Adnan", "Barakat", "ru", 2003),
    "ghassan": Row("Ghassan", "Jamil", "Halabi", "ar", 1963),
    "sawsan": Row("Sawsan", "Omar", "Ismail", "ru", 1982, (("Ayham", 2012),)),
    "fadi": Row("Fadi", "Nizar", "Zeitoun", "ar", 1987),
    "lina": Row("Lina", "Tarek", "Qabbani", "ru", 1992),
    "mazen": Row("Mazen", "Munir", "Shahin", "ar", 1976, (("Batoul", 2010),)),
    "abeer": Row("Abeer", "Khaled", "Al-Ahmad", "ar", 1996),
    "nizar": Row("Nizar", "Adnan", "Haddad", "ru", 1958),
    "hazem": Row("Hazem", "Omar", "Al-Shami", "ar", 2000),
    "ghada": Row("Ghada", "Fadi", "Darwish", "ar", 1984, (("Qusai", 2021),)),
    "ayham": Row("Ayham", "Ghassan", "Sabbagh", "ru", 1998),
    "hanan": Row("Hanan", "Jamil", "Najjar", "ar", 1969),
    "adnan": Row("Adnan", "Tarek", "Kurdi", "ar", 1981),
    "samar": Row("Samar", "Mazen", "Barakat", "ru", 1993),
    "qusai": Row("Qusai", "Nizar", "Halabi", "ar", 2004),
    "fatima": Row("Fatima", "Hazem", "Ismail", "ar", 1974),
    "jamil": Row("Jamil", "Bassel", "Zeitoun", "ru", 1989),
    "munir": Row("Munir", "Anas", "Qabbani", "ar", 1966),
    "khaled": Row(
        "Khaled",
        "Bassel",
        "Al-Ahmad",
        "ar",
        1980,
        (("Karam", 2011), ("Maya", 2013)),
        (("Hanan", "Mazen", "Shahin", 1984),),
    ),
    "visitor": Row("Fatima", "Munir", "Qabbani", "ar", 1951, has_account=False),
}


def list_characters() -> dict[str, Character]:
    """Return the citizens by key, the same ones at every call."""
    return {key: _character(key, row) for key, row in ROWS.items()}


def _character(key: str, row: Row) -> Character:
    chance = random.Random(f"{SEED}/{key}")  # noqa: S311  (a story, not a secret)
    known = next((one for one in accounts.CITIZENS if one.startswith(f"{key}@")), None)
    address = known or f"{key}.{row.family.lower()}@example.net"
    parent = _details(row.first, row.father, row.family, row.born, chance)
    father = row.first if parent.sex == Sex.MALE else "Khaled"
    children = [_details(name, father, row.family, born, chance) for name, born in row.children]
    principals = [_details(*one, chance) for one in row.principals]
    return Character(
        address=address if row.has_account else "",
        language=row.language,
        people=(parent, *principals, *children),
        kinds=(
            AuthorityKind.SELF,
            *[AuthorityKind.AGENT] * len(principals),
            *[AuthorityKind.PARENT] * len(children),
        ),
    )


def _details(first: str, father: str, family: str, born: int, chance: random.Random) -> Details:
    name, sex = names.find_first(first)
    of_father, of_family = names.MALE[father], names.FAMILY[family]
    mother = chance.choice(sorted(set(names.FEMALE) - {first}))
    of_mother = names.FAMILY[chance.choice(sorted(names.FAMILY))]
    has_passport = born < 2015
    return Details(
        first_ar=name.ar,
        father_ar=of_father.ar,
        family_ar=of_family.ar,
        mother_first_ar=names.FEMALE[mother].ar,
        mother_family_ar=of_mother.ar,
        first_latin=name.latin,
        father_latin=of_father.latin,
        family_latin=of_family.latin,
        first_ru=name.ru if chance.random() < 0.6 else "",
        family_ru=of_family.ru,
        sex=sex.value,
        birth=f"{born}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
        birth_place=chance.choice(names.PLACES),
        national_number=f"{chance.randint(1, 14):02}{chance.randrange(10**9):09}",
        passport_number=f"N{chance.randrange(10**8, 10**9)}" if has_passport else "",
    )
