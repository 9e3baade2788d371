"""What a whole set of answers still lacks before a request can be sent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.catalogue.answers import engine
from app.catalogue.definition import conditions
from app.catalogue.definition.conditions import Applicant
from app.catalogue.definition.elements import (
    WITHOUT_ANSWER,
    Definition,
    Exclusion,
    Field,
    FieldKind,
    Page,
    Paper,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A required field without an answer, and the page that asks it."""

    page: str
    field: str


def relevant_answers(
    definition: Definition, answers: Mapping[str, object], applicant: Applicant | None = None
) -> dict[str, object]:
    """Return the answers to fields that are shown, in the order of the form.

    An answer stays stored when an earlier one hides its field, so that Back is
    safe; it is left out of what is sent and judged.
    """
    relevant: dict[str, object] = {}
    for one in definition.fields():
        if one.key in answers and engine.is_shown(one, relevant, applicant):
            relevant[one.key] = answers[one.key]
    return relevant


def shown_fields(
    page: Page, answers: Mapping[str, object], applicant: Applicant | None = None
) -> tuple[Field, ...]:
    """Return the fields of the page that are asked, given relevant answers."""
    return tuple(one for one in page.fields if engine.is_shown(one, answers, applicant))


def is_page_shown(
    page: Page, answers: Mapping[str, object], applicant: Applicant | None = None
) -> bool:
    """Return whether the page asks anything at all."""
    return bool(shown_fields(page, answers, applicant))


def unanswered(
    definition: Definition, answers: Mapping[str, object], applicant: Applicant | None = None
) -> tuple[Unanswered, ...]:
    """Return the required fields that have no answer yet."""
    relevant = relevant_answers(definition, answers, applicant)
    return tuple(
        Unanswered(page=page.key, field=one.key)
        for page in definition.pages
        for one in shown_fields(page, relevant, applicant)
        if _lacks_answer(one, relevant, applicant)
    )


def exclusion(
    definition: Definition, answers: Mapping[str, object], applicant: Applicant | None = None
) -> Exclusion | None:
    """Return why this applicant cannot be served, by the answers so far, or None."""
    relevant = relevant_answers(definition, answers, applicant)
    for one in definition.exclusions:
        if conditions.evaluate(one.when, relevant, applicant):
            return one
    return None


def certain_exclusion(
    definition: Definition, answers: Mapping[str, object], applicant: Applicant | None = None
) -> Exclusion | None:
    """Return why this applicant cannot be served whatever else they would answer, or None."""
    relevant = relevant_answers(definition, answers, applicant)
    known = relevant.keys() | conditions.APPLICANT_FIELDS
    for one in definition.exclusions:
        is_certain = conditions.fields_denied(one.when) <= known
        if is_certain and conditions.evaluate(one.when, relevant, applicant):
            return one
    return None


def page_of_exclusion(
    definition: Definition,
    excluded: Exclusion,
    answers: Mapping[str, object],
    applicant: Applicant | None = None,
) -> Page | None:
    """Return the last page with an answer that excludes; None where no answer does."""
    relevant = relevant_answers(definition, answers, applicant)
    read = conditions.fields_used(excluded.when) & relevant.keys()
    pages = [page for page in definition.pages if read & {one.key for one in page.fields}]
    return pages[-1] if pages else None


def papers_to_bring(
    definition: Definition, answers: Mapping[str, object], applicant: Applicant | None = None
) -> tuple[Paper, ...]:
    """Return the papers that this applicant is asked for, optional ones included."""
    return tuple(_papers(definition, relevant_answers(definition, answers, applicant), applicant))


def _lacks_answer(one: Field, relevant: Mapping[str, object], applicant: Applicant | None) -> bool:
    if one.kind in WITHOUT_ANSWER:
        return False
    if one.key not in relevant:
        return engine.is_required(one, relevant, applicant)
    return one.kind is FieldKind.GROUP and _has_gap(one, relevant, applicant)


def _has_gap(group: Field, relevant: Mapping[str, object], applicant: Applicant | None) -> bool:
    """Return whether a sub-form of the group lacks an answer that it needs."""
    filled = relevant[group.key]
    sub_forms = filled if isinstance(filled, list) else []
    return any(
        engine.is_shown(one, known, applicant) and _lacks_answer(one, known, applicant)
        for known in ({**relevant, **sub_form} for sub_form in sub_forms)
        for one in group.fields
    )


def _papers(
    definition: Definition, relevant: Mapping[str, object], applicant: Applicant | None
) -> Iterator[Paper]:
    for paper in definition.all_papers():
        if paper.bring_when is None or conditions.evaluate(paper.bring_when, relevant, applicant):
            yield paper
