"""Writes a definition as the canonical JSON document that parse reads."""

from collections.abc import Iterable, Mapping
from datetime import date

from app.catalogue.definition import conditions, keeping
from app.catalogue.definition.charges import AddOn, Fee, FeeRule, Waiver
from app.catalogue.definition.conditions import Condition
from app.catalogue.definition.elements import (
    FORMAT,
    AppointmentNeed,
    Choice,
    Definition,
    Exclusion,
    Field,
    Notice,
    Page,
    Paper,
    Reason,
    Step,
    Window,
)
from app.catalogue.definition.texts import Text

Json = dict[str, object]


def dump(definition: Definition) -> Json:
    """Return the canonical document: every key that has a value, in a fixed order."""
    need = definition.appointment
    return _given(
        format=FORMAT,
        code=definition.code,
        category=definition.category.value,
        position=definition.position,
        enabled=definition.enabled,
        main_language=definition.main_language,
        title=_text(definition.title),
        summary=_text(definition.summary),
        guidance=_text(definition.guidance),
        applicants=[category.value for category in definition.applicants],
        personal_appearance=definition.personal_appearance,
        example=definition.example,
        sources=list(definition.sources),
        note=_text(definition.note),
        pages=[_page(page) for page in definition.pages],
        papers=[_paper(paper) for paper in definition.papers],
        fees=[_fee(fee) for fee in definition.fees],
        path=[_step(step) for step in definition.path],
        target_days=definition.target_days,
        appointment=need and _appointment(need),
        **keeping.dump(definition.keeping),
        exclusions=_list(map(_exclusion, definition.exclusions)),
        add_ons=_list(map(_add_on, definition.add_ons)),
        waivers=_list(map(_waiver, definition.waivers)),
        fee_rule=None if definition.fee_rule is FeeRule.SUBMISSION else definition.fee_rule.value,
        notices=_list(map(_notice, definition.notices)),
        window=definition.window and _window(definition.window),
        issues=_text(definition.issues),
        issue_template=definition.issue_template and definition.issue_template.value,
        issue_words=_text(definition.issue_words),
        issue_download=definition.issue_download or None,
        consent_when=_condition(definition.consent_when),
    )


def _page(page: Page) -> Json:
    return _given(
        key=page.key,
        title=_text(page.title),
        help=_text(page.help),
        fields=[_field(field) for field in page.fields],
    )


def _field(field: Field) -> Json:
    pattern = field.pattern
    return _given(
        key=field.key,
        kind=field.kind.value,
        label=_text(field.label),
        hint=_text(field.hint),
        required=field.required,
        min=field.least,
        max=field.most,
        pattern=pattern and {"expression": pattern.expression, "message": _text(pattern.message)},
        choices=[_choice(choice) for choice in field.choices] or None,
        show_when=_condition(field.show_when),
        require_when=_condition(field.require_when),
        warn=field.warn or None,
        from_person=field.from_person and field.from_person.value,
        fields=[_field(inner) for inner in field.fields] or None,
    )


def _paper(paper: Paper) -> Json:
    return _given(
        key=paper.key,
        title=_text(paper.title),
        help=_text(paper.help),
        required=paper.required,
        bring_when=_condition(paper.bring_when),
        formats=[form.value for form in paper.formats],
        max_bytes=paper.max_bytes,
        max_pages=paper.max_pages,
        freshness_days=paper.freshness_days,
        min_side=paper.min_side,
        original=paper.original,
        bring=_text(paper.bring),
        sample=paper.sample,
        shared=paper.shared or None,
        reasons=[_reason(reason) for reason in paper.reasons],
    )


def _fee(fee: Fee) -> Json:
    return _given(
        key=fee.key,
        variant=fee.variant,
        label=_text(fee.label),
        amount=fee.amount,
        currency=fee.currency,
        category=fee.category,
        valid_from=_day(fee.valid_from),
        valid_to=_day(fee.valid_to),
        legal_basis=_text(fee.legal_basis),
        target_days=fee.target_days,
    )


def _add_on(line: AddOn) -> Json:
    return _given(
        key=line.key,
        when=_condition(line.when),
        label=_text(line.label),
        amount=line.amount,
        currency=line.currency,
        valid_from=_day(line.valid_from),
        valid_to=_day(line.valid_to),
        legal_basis=_text(line.legal_basis),
    )


def _waiver(waiver: Waiver) -> Json:
    return _given(
        key=waiver.key,
        label=_text(waiver.label),
        percent=waiver.percent,
        when=_condition(waiver.when),
        by_officer=waiver.by_officer or None,
        with_add_ons=waiver.with_add_ons or None,
        valid_from=_day(waiver.valid_from),
        valid_to=_day(waiver.valid_to),
        legal_basis=_text(waiver.legal_basis),
    )


def _exclusion(exclusion: Exclusion) -> Json:
    return _given(
        key=exclusion.key,
        when=_condition(exclusion.when),
        reason=_text(exclusion.reason),
        instead=_text(exclusion.instead),
    )


def _notice(notice: Notice) -> Json:
    return {"event": notice.event.value, "text": _text(notice.text)}


def _window(window: Window) -> Json:
    return _given(
        opens_on=_day(window.opens_on),
        closes_on=_day(window.closes_on),
        places=window.places,
        sector=window.sector and window.sector.value,
    )


def _choice(choice: Choice) -> Json:
    return {"key": choice.key, "label": _text(choice.label)}


def _reason(reason: Reason) -> Json:
    return {"code": reason.code, "text": _text(reason.text)}


def _step(step: Step) -> Json:
    return _given(
        kind=step.kind.value,
        title=_text(step.title),
        decided_by=[one.value for one in step.decided_by] or None,
        by_proxy=step.by_proxy or None,
    )


def _appointment(need: AppointmentNeed) -> Json:
    return _given(
        pool=need.pool,
        units=need.units,
        minutes_before=need.minutes_before or None,
        minutes_after=need.minutes_after or None,
        moves=need.moves,
    )


def _condition(condition: Condition | None) -> Json | None:
    return None if condition is None else conditions.dump(condition)


def _text(text: Text | None) -> dict[str, str] | None:
    return None if text is None else _plain(text)


def _plain(text: Mapping[str, str]) -> dict[str, str]:
    return {language: text[language] for language in sorted(text)}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _list(items: Iterable[Json]) -> list[Json] | None:
    return list(items) or None


def _given(**values: object) -> Json:
    return {key: value for key, value in values.items() if value is not None}
