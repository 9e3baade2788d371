"""What a request consists of, as its citizen reads it before and after sending it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import pgettext
from markupsafe import Markup

from app.accounts.forms import SEXES
from app.accounts.rules import (
    Details,
    arabic_name,
    latin_name,
    mother_name,
    russian_name,
)
from app.cases import contents, masking, presenting, queries, rules
from app.cases import filing as drafts
from app.cases.models import Case
from app.cases.presenting import Row
from app.catalogue import fees
from app.catalogue import presenting as words
from app.catalogue.answers.completeness import relevant_answers
from app.catalogue.definition.document import Page
from app.core import clock, i18n
from app.core.actor import Actor, ActorKind
from app.portal import stops

SummaryRow = tuple[str, Any, str]
"""Term, value and address of a change (Any: text, some of it marked)."""

# What has a script of its own, for readers of another.
_ARABIC = Markup('<bdi lang="ar" dir="rtl">{}</bdi>')
_CYRILLIC = Markup('<bdi lang="ru" dir="ltr">{}</bdi>')
_PLAIN = Markup("<bdi>{}</bdi>")
_LATIN = Markup('<bdi dir="ltr">{}</bdi>')


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A page of questions with its answers."""

    page: Page
    rows: list[Row]


def person(case: Case) -> list[SummaryRow]:
    """Return who the person is whom a case concerns, as far as it is known."""
    return _person(Details.from_json(case.person.details or {}))


def covered_person(case: Case) -> list[SummaryRow]:
    """Return the same with the identity number covered."""
    details = Details.from_json(case.person.details or {})
    return _person(replace(details, national_number=masking.masked(details.national_number)))


def _person(details: Details) -> list[SummaryRow]:
    rows: list[SummaryRow] = [
        (_("Name in Arabic"), _isolated(_ARABIC, arabic_name(details)), ""),
        (_("Name as in the passport"), _isolated(_LATIN, latin_name(details)), ""),
        (_("Name in Russian"), _isolated(_CYRILLIC, russian_name(details)), ""),
        (_("Mother"), _isolated(_ARABIC, mother_name(details)), ""),
        (pgettext("field", "Sex"), SEXES.get(details.sex, ""), ""),
        (_("Date of birth"), presenting.birth(details), ""),
        (_("Place of birth"), _isolated(_PLAIN, details.birth_place), ""),
        (_("National number"), _isolated(_LATIN, details.national_number), ""),
    ]
    return [row for row in rows if row[1]]


def change_url(case: Case, actor: Actor) -> str:
    """Return where the citizen mends who the person is; empty for staff, and once it is locked."""
    if actor.kind is not ActorKind.CITIZEN or case.person.locked_at is not None:
        return ""
    return url_for("people.edit", uid=case.person.uid, next=stops.check_url(case))


def _isolated(frame: Markup, text: str) -> Markup:
    return frame.format(text) if text else Markup()


def sections(case: Case) -> list[Section]:
    """Return the pages that this applicant was asked, with the answers."""
    applicant = drafts.of(case)
    known = relevant_answers(queries.definition(case), queries.answers(case), applicant)
    return [
        Section(page=page, rows=presenting.rows(page, known, applicant))
        for page in contents.shown_pages(case)
    ]


def covered_sections(case: Case) -> list[Section]:
    """Return the same with identity numbers covered, for a page that is only looked at."""
    applicant = drafts.of(case)
    known = relevant_answers(queries.definition(case), queries.answers(case), applicant)
    return [
        Section(page=page, rows=presenting.rows(page, _covered(case, page, known), applicant))
        for page in contents.shown_pages(case)
    ]


def _covered(case: Case, page: Page, known: Mapping[str, object]) -> dict[str, object]:
    # Whether a question was asked hangs on answers of other pages, which stay as they are.
    return {**known, **masking.masked_in(case, page, known)}


def pace(case: Case) -> list[SummaryRow]:
    """Return in what way a draft is worked on and how long it takes."""
    service = queries.definition(case)
    today = clock.today(case.service.post.zone)
    rows: list[SummaryRow] = [
        (_("Promised time"), words.working_days(fees.days_of(service, case.variant)), ""),
    ]
    if len(fees.variants_on(service.fees, today)) > 1:
        way = words.variant_name(service, case.variant)
        rows.insert(0, (_("How quickly?"), way, url_for("filing.speed", reference=case.reference)))
    return rows


def promise(case: Case) -> str:
    """Return by when the post promises to be done, in words; empty once it is done."""
    if case.state not in rules.OWED or case.due_on is None:
        return ""
    if case.waiting_since is not None:
        return _("The promised time stands still until it goes on.")
    return _("We promise to be done by %(day)s.", day=i18n.day(case.due_on))


def promised_on(case: Case) -> date | None:
    """Return the day that a slip promises; None while the clock stands still, as until a visit."""
    is_owed = case.state not in rules.ENDED and case.waiting_since is None
    return case.due_on if is_owed else None


def in_groups(code: str) -> str:
    """Return a code in groups of four, as it is read out."""
    return "-".join(code[n : n + 4] for n in range(0, len(code), 4))
