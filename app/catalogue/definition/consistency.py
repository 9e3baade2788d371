"""Checks of a whole definition: what is right alone and wrong together."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from app.catalogue.definition import reachability
from app.catalogue.definition.charges import ANY_CATEGORY, AddOn, Fee, Waiver
from app.catalogue.definition.condition_checks import check_fields, check_over_form, placed
from app.catalogue.definition.conditions import Condition
from app.catalogue.definition.elements import (
    ISSUE_PLACEHOLDERS,
    NOTICE_PLACEHOLDERS,
    Definition,
    Paper,
    Step,
    StepKind,
)
from app.catalogue.definition.form_reader import MOST_FIELDS
from app.catalogue.definition.problems import Problem, ProblemCode
from app.catalogue.definition.texts import Text

UNREADABLE = "unreadable"
REVIEWS = frozenset({StepKind.REVIEW, StepKind.SECOND_REVIEW})
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def check(definition: Definition) -> list[Problem]:
    """Return every mistake that only shows when the parts are read together.

    Whether conditions can hold is asked only where they are clear otherwise.
    """
    return list(_check_parts(definition)) or list(reachability.check(definition))


def _check_parts(definition: Definition) -> Iterator[Problem]:
    yield from _check_count(definition)
    yield from _check_keys(definition)
    yield from check_fields(definition)
    for place, condition in _judged_at_the_end(definition):
        yield from check_over_form(condition, place, definition)
    yield from _check_papers(definition.papers)
    yield from _check_fees(definition)
    yield from _check_waivers(definition.waivers)
    yield from _check_path(definition)
    yield from _check_notices(definition)
    yield from _check_issue(definition)
    yield from _check_window(definition)


def _judged_at_the_end(definition: Definition) -> Iterator[tuple[str, Condition | None]]:
    for n, paper in enumerate(definition.papers):
        yield f"papers[{n}].bring_when", paper.bring_when
    for n, exclusion in enumerate(definition.exclusions):
        yield f"exclusions[{n}].when", exclusion.when
    for n, line in enumerate(definition.add_ons):
        yield f"add_ons[{n}].when", line.when
    for n, waiver in enumerate(definition.waivers):
        yield f"waivers[{n}].when", waiver.when
    yield "consent_when", definition.consent_when


def _check_count(definition: Definition) -> Iterator[Problem]:
    count = sum(1 + len(field.fields) for field in definition.fields())
    if count > MOST_FIELDS:
        yield Problem(place="pages", code=ProblemCode.TOO_MANY, params={"limit": MOST_FIELDS})


def _check_keys(definition: Definition) -> Iterator[Problem]:
    yield from _repeated((page.key, f"pages[{n}].key") for n, page in enumerate(definition.pages))
    # Answers are kept by field key, so a key names one field of the whole form.
    yield from _repeated((field.key, f"{place}.key") for place, field in placed(definition))
    for place, field in placed(definition):
        yield from _repeated(
            (c.key, f"{place}.choices[{n}].key") for n, c in enumerate(field.choices)
        )
        yield from _repeated(
            (f.key, f"{place}.fields[{n}].key") for n, f in enumerate(field.fields)
        )
    # A file question is kept as a paper, so that both share their keys.
    files = [(field.key, "") for field in definition.file_fields()]
    papers = [(paper.key, f"papers[{n}].key") for n, paper in enumerate(definition.papers)]
    yield from _repeated([*files, *papers])
    yield from _repeated(_keys_of_charges(definition))
    yield from _repeated(
        (one.key, f"exclusions[{n}].key") for n, one in enumerate(definition.exclusions)
    )
    yield from _repeated((step.kind, f"path[{n}].kind") for n, step in enumerate(definition.path))


def _keys_of_charges(definition: Definition) -> Iterator[tuple[str, str]]:
    """Yield the keys of all lines of a bill, which are told apart by them."""
    yield from ((fee.key, f"fees[{n}].key") for n, fee in enumerate(definition.fees))
    yield from ((line.key, f"add_ons[{n}].key") for n, line in enumerate(definition.add_ons))
    yield from ((one.key, f"waivers[{n}].key") for n, one in enumerate(definition.waivers))


def _repeated(keys: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for key, place in keys:
        if key and key in seen:
            yield Problem(place=place, code=ProblemCode.DUPLICATE, params={"key": key})
        seen.add(key)


def _check_papers(papers: Sequence[Paper]) -> Iterator[Problem]:
    for n, paper in enumerate(papers):
        place = f"papers[{n}].reasons"
        yield from _repeated((r.code, f"{place}[{i}].code") for i, r in enumerate(paper.reasons))
        if UNREADABLE not in {reason.code for reason in paper.reasons}:
            yield Problem(place=place, code=ProblemCode.UNREADABLE_REASON_MISSING)


def _check_fees(definition: Definition) -> Iterator[Problem]:
    fees = definition.fees
    yield from _check_days("fees", fees)
    yield from _check_days("add_ons", definition.add_ons)
    yield from _check_days("waivers", definition.waivers)
    for n, fee in enumerate(fees):
        clash = next((other for other in fees[:n] if other.overlaps(fee)), None)
        if clash:
            yield _fee_problem(n, "valid_from", ProblemCode.FEES_OVERLAP, fee=clash.key)
        if fee.target_days is not None and fee.variant is None:
            yield _fee_problem(n, "target_days", ProblemCode.NOT_ALLOWED)
        if not _is_served(fee, definition):
            yield _fee_problem(n, "category", ProblemCode.FEE_CATEGORY_UNSERVED, value=fee.category)


def _fee_problem(n: int, key: str, code: ProblemCode, **params: str) -> Problem:
    return Problem(place=f"fees[{n}].{key}", code=code, params=params)


def _is_served(fee: Fee, definition: Definition) -> bool:
    return fee.category == ANY_CATEGORY or fee.category in set(definition.applicants)


def _check_days(name: str, lines: Sequence[Fee | AddOn | Waiver]) -> Iterator[Problem]:
    for n, line in enumerate(lines):
        if line.valid_to and line.valid_to < line.valid_from:
            yield Problem(place=f"{name}[{n}].valid_to", code=ProblemCode.DATES_REVERSED)


def _check_waivers(waivers: Sequence[Waiver]) -> Iterator[Problem]:
    """A waiver of everybody's fee without an end is a fee that nobody wrote down."""
    for n, waiver in enumerate(waivers):
        if waiver.when is None and not waiver.by_officer and waiver.valid_to is None:
            yield Problem(place=f"waivers[{n}].when", code=ProblemCode.WAIVER_WITHOUT_GROUND)


def _check_path(definition: Definition) -> Iterator[Problem]:
    for n, step in enumerate(definition.path):
        yield from _check_step(step, f"path[{n}]")
        before = {one.kind for one in definition.path[:n]}
        if step.kind is StepKind.SECOND_REVIEW and StepKind.REVIEW not in before:
            yield Problem(place=f"path[{n}].kind", code=ProblemCode.SECOND_WITHOUT_FIRST)
    asks_for_visit = any(step.kind is StepKind.APPOINTMENT for step in definition.path)
    if asks_for_visit and definition.appointment is None:
        yield Problem(place="appointment", code=ProblemCode.APPOINTMENT_MISSING)
    if definition.appointment and not asks_for_visit:
        yield Problem(place="appointment", code=ProblemCode.APPOINTMENT_UNUSED)


def _check_step(step: Step, place: str) -> Iterator[Problem]:
    if step.decided_by and step.kind not in REVIEWS:
        yield _misplaced(f"{place}.decided_by", step)
    if step.by_proxy and step.kind is not StepKind.HAND_OVER:
        yield _misplaced(f"{place}.by_proxy", step)


def _misplaced(place: str, step: Step) -> Problem:
    return Problem(
        place=place, code=ProblemCode.NOT_FOR_THIS_STEP, params={"kind": step.kind.value}
    )


def _check_notices(definition: Definition) -> Iterator[Problem]:
    yield from _repeated(
        (one.event, f"notices[{n}].event") for n, one in enumerate(definition.notices)
    )
    for n, notice in enumerate(definition.notices):
        yield from _unknown_names(notice.text, f"notices[{n}].text", NOTICE_PLACEHOLDERS)


def _unknown_names(text: Text, place: str, known: Collection[str]) -> Iterator[Problem]:
    for language, said in text.items():
        for name in sorted(set(_PLACEHOLDER.findall(said)) - set(known)):
            yield Problem(
                place=f"{place}.{language}",
                code=ProblemCode.PLACEHOLDER_UNKNOWN,
                params={"name": name[:60]},
            )


def _check_issue(definition: Definition) -> Iterator[Problem]:
    """A document that is made here has a name; words and a download are of such a document."""
    if definition.issue_template and not definition.issues:
        yield Problem(place="issues", code=ProblemCode.MISSING)
    if definition.issue_template is None:
        for place in ("issue_words", "issue_download"):
            if getattr(definition, place):
                yield Problem(place=place, code=ProblemCode.WITHOUT_DOCUMENT)
    yield from _unknown_names(definition.issue_words or {}, "issue_words", ISSUE_PLACEHOLDERS)


def _check_window(definition: Definition) -> Iterator[Problem]:
    window = definition.window
    if window and window.closes_on < window.opens_on:
        yield Problem(place="window.closes_on", code=ProblemCode.DATES_REVERSED)
