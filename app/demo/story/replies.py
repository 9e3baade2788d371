"""What invented people answer on the form pages, judged by the engine like anybody's answers."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from app.accounts import rules
from app.accounts.rules import Details
from app.catalogue.answers import engine
from app.catalogue.definition.conditions import Applicant
from app.catalogue.definition.elements import Field, FieldKind, Page

UNIVERSITIES = (
    "Российский университет дружбы народов",
    "Казанский федеральный университет",
    "Первый МГМУ имени И. М. Сеченова",
)
STREETS = (
    ("Москва", "Москва, ул. Профсоюзная, д. 12, кв. 45"),
    ("Москва", "Москва, Ленинский проспект, д. 88, кв. 7"),
    ("Санкт-Петербург", "Санкт-Петербург, ул. Савушкина, д. 31, кв. 104"),
    ("Казань", "Казань, ул. Баумана, д. 5, кв. 19"),
    ("Ростов-на-Дону", "Ростов-на-Дону, ул. Горького, д. 140, кв. 62"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Who is asked, for whom, and on what day."""

    person: Details
    citizen: Details
    """The owner of the account: the person, or a parent."""
    today: date

    @property
    def chance(self) -> random.Random:
        """Return the luck of this person, the same for every page."""
        return random.Random(self.citizen.national_number)  # noqa: S311  (a story)

    def day(self, days_ago: int) -> str:
        """Return a day before this one in ISO."""
        return (self.today - timedelta(days=days_ago)).isoformat()


Reply = Callable[[Subject], str]

_BY_KEY: Mapping[str, Reply] = {
    "old_number": lambda who: who.person.passport_number or "N100200300",
    "issued_at": lambda who: who.person.birth_place,
    "expires": lambda who: who.day(-90),
    "how": lambda who: "lost",
    "lost_on": lambda who: who.day(12),
    "lost_where": lambda who: "RU",
    "story": lambda who: "فُقد في المترو مع الحقيبة، وقُدم بلاغ إلى الشرطة في اليوم نفسه.",
    "stay_status": lambda who: who.chance.choice(("temporary", "permanent", "student")),
    "city": lambda who: who.chance.choice(STREETS)[0],
    "address": lambda who: who.chance.choice(STREETS)[1],
    "phone": lambda who: f"+7916{who.chance.randrange(10**6, 10**7)}",
    "registered": lambda who: "yes",
    "guardian_name": lambda who: rules.arabic_name(who.citizen),
    "guardian_relation": lambda who: "father" if who.citizen.sex == rules.Sex.MALE else "mother",
    "birth_registered": lambda who: "yes",
    "registry_place": lambda who: who.person.birth_place,
    "registry": lambda who: who.citizen.birth_place,
    "copies": lambda who: "2",
    "entry": lambda who: "مطار دمشق الدولي",
    "child_name": lambda who: who.person.first_ar,
    "child_latin": lambda who: who.person.first_latin,
    "sex": lambda who: who.person.sex,
    "born_on": lambda who: who.person.birth,
    "born_in": lambda who: "Москва",
    "weight": lambda who: "3400",
    "father_name": lambda who: f"{who.person.father_ar} {who.person.family_ar}",
    "mother_name": lambda who: rules.mother_name(who.person),
    "mother_nationality": lambda who: "SY",
    "document_count": lambda who: "1",
    "issued_by": lambda who: who.chance.choice(UNIVERSITIES),
    "issuer_country": lambda who: "RU",
    "used_in": lambda who: "SY",
    "marital": lambda who: "single",
    "head": lambda who: rules.arabic_name(who.citizen),
    "pension_body": lambda who: "المؤسسة العامة للتأمين والمعاشات",
    "since": lambda who: who.day(2000),
    "from_year": lambda who: who.day(3000)[:4],
    "to_year": lambda who: who.day(400)[:4],
    "university": lambda who: who.chance.choice(UNIVERSITIES),
    "field_of_study": lambda who: who.chance.choice(("Лечебное дело", "Строительство", "Физика")),
    "year_of_study": lambda who: "3",
    "letter_about": lambda who: "يرجى بيان مدة الإقامة والدراسة لتقديمها إلى الجامعة.",
}
_BY_KIND: Mapping[FieldKind, Reply] = {
    FieldKind.YES_NO: lambda who: "no",
    FieldKind.DECLARATION: lambda who: "yes",
    FieldKind.COUNTRY: lambda who: "SY",
    FieldKind.NUMBER: lambda who: "1",
}


def answers(page: Page, who: Subject, earlier: Mapping[str, object]) -> dict[str, object]:
    """Return the answers of a page as the engine keeps them; raise ValueError on a refusal."""
    raw = {one.key: [_reply(one, who)] for one in page.fields}
    applicant = Applicant(category="citizen", age=rules.age(who.person, who.today))
    result = engine.check_page(page, raw, earlier, who.today, applicant=applicant)
    if result.errors:
        raise ValueError(f"{page.key}: {result.errors}")
    return dict(result.values)


def _reply(one: Field, who: Subject) -> str:
    if one.key in _BY_KEY:
        return _BY_KEY[one.key](who)
    if one.kind is FieldKind.CHOICE:
        return one.choices[0].key
    by_kind = _BY_KIND.get(one.kind)
    return by_kind(who) if by_kind else ""
