"""What the public pages say of a service, prepared for the templates."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext, pgettext
from markupsafe import Markup

from app.catalogue import condition_words, samples
from app.catalogue.definition.charges import AddOn, Fee, Variant, Waiver
from app.catalogue.definition.elements import (
    Category,
    Definition,
    IssueTemplate,
    Paper,
    Step,
    StepKind,
)
from app.catalogue.definition.texts import Text
from app.catalogue.fees import Bill, FeeResult, days_of, due, variants_on
from app.core import i18n
from app.web.templating import static_url, text_of

CATEGORIES: dict[Category, tuple[Any, Any]] = {
    # Any: lazy strings of Flask-Babel have no public type.
    Category.PASSPORT: (_l("Passport"), _l("First issue, renewal, lost or damaged passport")),
    Category.FAMILY: (_l("Family"), _l("Birth, marriage, divorce, death, family booklet")),
    Category.PAPERS: (
        _l("Papers and powers of attorney"),
        _l("Attestation, powers of attorney, registry extracts, criminal record"),
    ),
    Category.STUDY: (_l("Study"), _l("Study documents, student letters, scholarships")),
    Category.RETURN: (_l("Return to Syria"), _l("Laissez-passer, household goods")),
    Category.EMERGENCY: (_l("Emergency"), _l("Death abroad, lost papers, detention")),
    Category.CONTACT: (_l("Contact the post"), _l("Consular registration, complaints, proposals")),
}

STEP_TITLES: dict[StepKind, tuple[Any, Any]] = {
    # Any: as above.
    StepKind.REVIEW: (
        _l("We check your papers"),
        _l("If anything is missing, you are told what and why, and send just that."),
    ),
    StepKind.SECOND_REVIEW: (_l("A second officer checks the decision"), ""),
    StepKind.PAYMENT: (_l("You pay the fee"), ""),
    StepKind.APPOINTMENT: (
        _l("You choose an appointment and come"),
        _l("A seat belongs to a request that has been checked, so nobody can trade in it."),
    ),
    StepKind.CONSIGNMENT: (_l("Your papers travel to Damascus and back"), ""),
    StepKind.PRODUCTION: (_l("The document is prepared"), ""),
    StepKind.HAND_OVER: (
        _l("You collect the document"),
        _l("You receive a message as soon as it is ready for collection."),
    ),
}

PROXY: Any = _l(
    # Any: as above.
    "Somebody else may collect it with your written authority and their own identity document."
)

TEMPLATES: dict[str, Any] = {
    # Any: as above.
    IssueTemplate.DECISION_1: _l("Decision in Arabic and Russian on one sheet"),
}

VARIANTS: dict[str, Any] = {
    # Any: as above.
    Variant.REGULAR: _l("Regular (queue)"),
    Variant.URGENT: _l("Urgent"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeLine:
    """A line of the table of fees."""

    name: Markup
    note: Markup
    time: str
    amount: str
    when: Markup | str = ""
    """For whom it counts, empty for everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """A step as a citizen reads it."""

    title: Any
    """Plain or marked text (Any: Markup, lazy or str)."""
    text: Any


def working_days(count: int) -> str:
    """Return a number of working days in words."""
    return ngettext("%(num)s working day", "%(num)s working days", count)


def fee_lines(service: Definition, today: date) -> list[FeeLine]:
    """Return the fees in force today, of every category and variant."""
    return [_fee_line(service, fee) for fee in service.fees if fee.is_in_force(today)]


def _fee_line(service: Definition, fee: Fee) -> FeeLine:
    return FeeLine(
        name=text_of(fee.label),
        note=text_of(fee.legal_basis),
        time=working_days(days_of(service, fee.variant)),
        amount=i18n.money(fee.amount, fee.currency) if fee.amount else _("free of charge"),
    )


def further_lines(service: Definition, today: date) -> list[FeeLine]:
    """Return what some pay besides and what is waived for some, each with its condition."""
    fields = condition_words.fields_of(service)
    return [
        *(_add_on_line(one, fields) for one in service.add_ons if one.is_in_force(today)),
        *(_waiver_line(one, fields) for one in service.waivers if one.is_in_force(today)),
    ]


def _add_on_line(add_on: AddOn, fields: condition_words.Fields) -> FeeLine:
    return FeeLine(
        name=text_of(add_on.label),
        note=text_of(add_on.legal_basis),
        time="",
        amount=_("plus %(amount)s", amount=i18n.money(add_on.amount, add_on.currency)),
        when=condition_words.when(add_on.when, fields),
    )


def _waiver_line(waiver: Waiver, fields: condition_words.Fields) -> FeeLine:
    said = [condition_words.when(waiver.when, fields)] if waiver.when else []
    if waiver.by_officer:
        said.append(Markup.escape(_("by decision of an officer")))
    if waiver.valid_to:
        last = i18n.short_day(waiver.valid_to)
        said.append(Markup.escape(_("until %(day)s", day=last)))
    return FeeLine(
        name=text_of(waiver.label),
        note=text_of(waiver.legal_basis),
        time="",
        amount=_("minus %(percent)s percent", percent=i18n.number(waiver.percent)),
        when=Markup.escape(i18n.comma()).join(said),
    )


def lowest_fee(service: Definition, today: date) -> str:
    """Return what the regular way costs an ordinary applicant, in words."""
    if not service.fees:
        return _("free of charge")
    variants = variants_on(service.fees, today)
    variant = "regular" if "regular" in variants else next(iter(variants), None)
    return total_in_words(due(service.fees, today, variant=variant, category="citizen"))


def variant_name(service: Definition, variant: str) -> str:
    """Return what a variant is called: by the service itself where we have no word for it."""
    if variant in VARIANTS:
        return str(VARIANTS[variant])
    labels = (fee.label for fee in service.fees if fee.variant == variant)
    return next((i18n.text_in(label) for label in labels), variant)


def variants_to_choose(service: Definition, today: date) -> list[tuple[str, str]]:
    """Return the variants of a day with their names; one alone leaves nothing to choose."""
    known = variants_on(service.fees, today)
    return [(key, variant_name(service, key)) for key in known if len(known) > 1]


def variant_hint(service: Definition, variant: str, today: date) -> str:
    """Return what a variant costs an ordinary applicant and how long it takes."""
    price = due(service.fees, today, variant=variant, category="citizen")
    return _(
        "%(price)s, %(time)s",
        price=total_in_words(price),
        time=working_days(days_of(service, variant)),
    )


def total_in_words(result: FeeResult | Bill) -> str:
    """Return a sum of fees; an amount that no line covers is unknown, not zero."""
    if not result.is_covered:
        return _("to be confirmed by the post")
    return amounts_in_words(result.total) or _("free of charge")


def amounts_in_words(total: Mapping[str, int]) -> str:
    """Return a sum per currency in minor units in words, empty for nothing at all."""
    return " + ".join(i18n.money(amount, currency) for currency, amount in total.items() if amount)


def step_lines(path: Sequence[Step]) -> list[StepLine]:
    """Return the way of a request, beginning with what the citizen does."""
    first = StepLine(
        title=_l("You fill in the request and attach the papers"),
        text=_l("Every page is saved; you can go on later, on another device."),
    )
    return [first, *(_step_line(step) for step in path)]


def _step_line(step: Step) -> StepLine:
    title, text = STEP_TITLES[step.kind]
    if step.by_proxy:
        text = f"{text} {PROXY}"
    return StepLine(title=text_of(step.title) if step.title else title, text=text)


def paper_tags(service: Definition, paper: Paper) -> list[tuple[str, str]]:
    """Return short remarks on a paper of a service, each with the icon that goes with it."""
    condition = _condition_of(service, paper)
    return [*([(condition, "info")] if condition else []), *_tags(paper)]


def _condition_of(service: Definition, paper: Paper) -> str:
    """Return for whom a paper is meant, empty for everybody."""
    if paper.bring_when is not None:
        return condition_words.when(paper.bring_when, condition_words.fields_of(service))
    return _if_optional(paper)


def _if_optional(paper: Paper) -> str:
    return "" if paper.required else _("if it applies to you")


def tags_of_asked(paper: Paper) -> list[tuple[str, str]]:
    """Return the remarks on a paper of which it is known that the applicant is asked for it."""
    remark = _if_optional(paper)
    return [*([(remark, "info")] if remark else []), *_tags(paper)]


def _tags(paper: Paper) -> list[tuple[str, str]]:
    tags = []
    if paper.freshness_days:
        text = ngettext(
            "issued within %(num)s day", "issued within %(num)s days", paper.freshness_days
        )
        tags.append((text, "clock"))
    if paper.original:
        tags.append((_("bring the original"), "paper"))
    return tags


@dataclass(frozen=True, slots=True, kw_only=True)
class BringLine:
    """Something to bring to the visit."""

    text: Text
    condition: str
    """Who has to bring it, empty for everybody."""


def to_bring(service: Definition) -> list[BringLine]:
    """Return what a service asks to bring, of any applicant."""
    return [
        BringLine(text=text, condition=_condition_of(service, paper))
        for paper, text in _brought(service.all_papers())
    ]


def to_bring_of(asked: Sequence[Paper]) -> list[BringLine]:
    """Return what to bring of the papers that one applicant is asked for."""
    return [BringLine(text=text, condition=_if_optional(paper)) for paper, text in _brought(asked)]


def _brought(papers: Sequence[Paper]) -> Iterator[tuple[Paper, Text]]:
    for paper in papers:
        if paper.bring is not None:
            yield paper, paper.bring
        elif paper.original:
            yield paper, paper.title


def is_paid(service: Definition) -> bool:
    """Return whether a service costs anything."""
    return any(fee.amount for fee in service.fees)


def visits(service: Definition) -> str:
    """Return how often a citizen has to come and what for, by the path of the service."""
    kinds = {step.kind for step in service.path}
    if kinds.isdisjoint({StepKind.APPOINTMENT, StepKind.HAND_OVER}):
        return pgettext("visits", "not at all")
    if StepKind.APPOINTMENT not in kinds:
        return _("once, to collect the document")
    if StepKind.HAND_OVER not in kinds:
        return _("once, at the appointed time")
    if service.category is Category.PASSPORT and service.personal_appearance:
        return _("twice: for fingerprints and signature, then to collect the document")
    return _("twice: at the appointed time, then to collect the document")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A picture of how a paper is accepted; a post's own has no size of its own here."""

    url: str
    says: Markup
    width: int | None = None
    height: int | None = None


def sample_of(paper: Paper, post_id: int) -> Sample | None:
    """Return the picture that a paper names, None where there is none (any more)."""
    drawn = samples.DRAWN.get(paper.sample or "")
    if drawn is not None:
        url, says = static_url(drawn.path), Markup.escape(drawn.says)
        return Sample(url=url, says=says, width=drawn.width, height=drawn.height)
    picture = samples.find_picture(post_id, paper.sample) if paper.sample else None
    if picture is None:
        return None
    url = url_for("services.sample", key=picture.key)
    return Sample(url=url, says=Markup.escape(i18n.text_in(picture.says)))
