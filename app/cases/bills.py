"""What a case costs, by its pinned version, its answers and what an officer waived."""

from collections.abc import Mapping

from app.cases import filing, queries
from app.cases.models import Case
from app.catalogue import bill_words, fees, presenting
from app.catalogue.answers import completeness
from app.catalogue.bill_words import BillView
from app.catalogue.definition.charges import Waiver
from app.catalogue.definition.document import Definition
from app.catalogue.definition.texts import Text
from app.catalogue.fees import Bill, Claim
from app.core import clock

Answers = Mapping[str, object]


def bill_of(case: Case) -> Bill:
    """Return what is due for a case: when it was sent or, by its service's rule, today."""
    return _bill(case, queries.definition(case), queries.answers(case), case.variant)


def _bill(case: Case, definition: Definition, answers: Answers, variant: str) -> Bill:
    zone = case.service.post.zone
    today = clock.today(zone)
    sent = clock.local(case.submitted_at, zone).date() if case.submitted_at else today
    claim = _claim(case, definition, answers, variant)
    return fees.bill_by_rule(definition, claim, submitted_on=sent, paid_on=today)


def in_words(case: Case) -> str:
    """Return what a case costs, in the reader's language."""
    return presenting.total_in_words(bill_of(case))


def explained(case: Case) -> BillView:
    """Return what a case costs with the lines that made the sum, in the reader's language."""
    return explained_by(case, queries.definition(case), queries.answers(case), case.variant)


def explained_by(case: Case, definition: Definition, answers: Answers, variant: str) -> BillView:
    """Return what a case would cost by a version of its service, with these answers."""
    post = case.service.post
    bill = _bill(case, definition, answers, variant)
    return bill_words.view(bill, definition.fee_rule, post.rates, today=clock.today(post.zone))


def grantable(case: Case) -> tuple[Waiver, ...]:
    """Return the waivers that an officer may grant for a case and has not."""
    today = clock.today(case.service.post.zone)
    return tuple(
        waiver
        for waiver in queries.definition(case).waivers
        if waiver.by_officer and waiver.is_in_force(today) and waiver.key not in case.granted
    )


def grounds(case: Case) -> list[tuple[Text, str]]:
    """Return the waivers that officers granted, each label with the ground in their words."""
    labels = {one.key: one.label for one in queries.definition(case).waivers}
    said = case.grounds or {}
    return [(labels[key], said.get(key, "")) for key in case.granted if key in labels]


def _claim(case: Case, definition: Definition, answers: Answers, variant: str) -> Claim:
    applicant = filing.of(case)
    return Claim(
        variant=variant,
        category=applicant.category,
        answers=completeness.relevant_answers(definition, answers, applicant),
        applicant=applicant,
        granted=frozenset(case.granted),
    )
