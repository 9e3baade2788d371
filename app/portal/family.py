"""Requests of a household that are filed together: checked on one page, sent at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from app.cases import contents, queries, wording
from app.cases.family import queries as together
from app.cases.family import services, sums
from app.cases.family.services import name_of
from app.cases.models import Case
from app.cases.rules import State
from app.catalogue.answers.engine import to_raw
from app.catalogue.bill_words import BillView
from app.catalogue.definition.elements import FieldKind, Page
from app.catalogue.definition.identity import OF_IDENTITY
from app.core.errors import Conflict, Invalid, InvalidTransition, NotFound
from app.portal import consents, mandates, papers, stops, summary, version_note
from app.web import idempotency
from app.web.access import acting, signed_in
from app.web.forms import KeyedForm

PATH = "/requests"
bp = Blueprint("family", __name__)

WHERE_SOMEBODY_IS = frozenset({FieldKind.ADDRESS, FieldKind.PHONE, FieldKind.EMAIL})
"""A page that asks for one of these is about where a household lives and how it is reached."""
ONES_OWN = frozenset(
    {
        *OF_IDENTITY,
        FieldKind.NAME_AR,
        FieldKind.NAME_LATIN,
        FieldKind.NAME_RU,
        FieldKind.DATE,
        FieldKind.YEAR_OR_DATE,
        FieldKind.DECLARATION,
        FieldKind.FILE,
    }
)
"""What is never carried over from somebody else, wherever it stands."""


class TogetherForm(KeyedForm):
    """All requests of a filing, as they were looked at."""

    seen = HiddenField()


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person of a filing: what was entered, and what is still missing."""

    case: Case
    name: str
    status: wording.Status
    url: str
    """Where to go on, or to look at it again."""
    is_whole: bool
    stopped: tuple[str, str] | None
    consent: consents.ConsentView | None
    sections: Sequence[summary.Section]
    papers: Sequence[papers.Card]


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """A request that is filed together with the one that is shown."""

    name: str
    reference: str
    code: str
    status: wording.Status
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What the page of one request says of the others, and what all of them cost."""

    others: Sequence[Companion]
    bill: BillView


def of(case: Case) -> Family | None:
    """Return what is filed together with a case; None when it goes by itself."""
    members = together.members_of(case, acting())
    others = [_companion(one) for one in members if one.id != case.id]
    return Family(others=others, bill=sums.together(members)) if others else None


def position(case: Case) -> tuple[int, int] | None:
    """Return the place of a case in its filing and how many there are; None when it is alone."""
    if case.filing_id is None:
        return None
    keys = together.ids_of(case, acting())
    return (keys.index(case.id) + 1, len(keys)) if len(keys) > 1 else None


def _companion(case: Case) -> Companion:
    return Companion(
        name=name_of(case),
        reference=case.reference,
        code=summary.in_groups(case.follow_code or ""),
        status=wording.STATES[case.state],
        url=url_for("requests.show", reference=case.reference),
    )


@bp.route("/<reference>/together", methods=["GET", "POST"])
@signed_in
def check(reference: str) -> ResponseReturnValue:
    """Show the requests of a household once more, and send them all or none."""
    case = queries.get_case(reference, acting())
    if case.filing_id is None:
        raise NotFound()
    if case.state is not State.DRAFT:
        return redirect(url_for("sending.sent", reference=case.reference))
    cases = together.members_of(case, acting())
    form = TogetherForm(data={"seen": together.seen_of(cases)})
    if form.validate_on_submit():
        try:
            return redirect(
                idempotency.once(form.idempotency_key(), lambda: _send(reference, form))
            )
        except (Conflict, InvalidTransition, Invalid) as refusal:
            return _refused(reference, refusal.sentence())
    return _page(case, cases, form)


def _send(reference: str, form: TogetherForm) -> str:
    key = form.idempotency_key()
    services.submit(reference, actor=acting(), seen=form.seen.data or "", key=key)
    return url_for("sending.sent", reference=reference)


def _refused(reference: str, sentence: str) -> ResponseReturnValue:
    """Show the requests as they stand now, or lead to what another tab has sent."""
    case = queries.get_case(reference, acting())
    if case.state is not State.DRAFT:
        return redirect(url_for("sending.sent", reference=case.reference))
    cases = together.members_of(case, acting())
    form = TogetherForm(formdata=None, data={"seen": together.seen_of(cases)})
    form.form_errors.append(sentence)
    return _page(case, cases, form), 409


def _page(case: Case, cases: Sequence[Case], form: TogetherForm) -> str:
    members = [_member(one) for one in cases]
    return render_template(
        "portal/together.html",
        case=case,
        form=form,
        service=queries.definition(case),
        members=members,
        following=next((one for one in members if not one.is_whole), None),
        bill=sums.together(cases),
        pace=summary.pace(case),
        page_url=stops.page_url,
        previous=stops.way(case, "check").previous,
        version_note=version_note.of(case),
    )


def _member(case: Case) -> Member:
    stopped, consent = mandates.blocking(case), consents.of(case)
    lacking = bool(contents.gaps(case)) or contents.exclusion_of(case) is not None
    return Member(
        case=case,
        name=name_of(case),
        status=wording.STATES[case.state],
        url=stops.url_to_go_on(case) if lacking else stops.stops(case)[0].url,
        is_whole=not lacking and stopped is None and not (consent and consent.is_missing),
        stopped=stopped,
        consent=consent,
        sections=summary.sections(case),
        papers=papers.cards(case),
    )


def offers(case: Case, page: Page) -> list[tuple[str, str]]:
    """Return (name, address) of others of the filing whose answers can be taken for a page.

    Only where a page asks where somebody lives or is reached, and nothing was saved yet.
    """
    if not _is_shared(page) or case.state is not State.DRAFT or case.filing_id is None:
        return []
    if queries.answers_of_page(case, page.key) is not None:
        return []
    others = together.others_of(case, acting())
    return [
        (name_of(one), stops.page_url(case, page.key) + f"?as={one.reference}")
        for one in others
        if queries.answers_of_page(one, page.key) is not None
    ]


def carried(case: Case, page: Page) -> tuple[str, dict[str, list[str]]] | None:
    """Return whose answers the reader takes for a page, and these; None when they take none.

    What is somebody's own stays out. Nothing is saved before the reader sends the page.
    """
    wanted = request.args.get("as", "")
    if not wanted or not _is_shared(page):
        return None
    other = next((o for o in together.others_of(case, acting()) if o.reference == wanted), None)
    saved = queries.answers_of_page(other, page.key) if other else None
    if other is None or saved is None:
        return None
    fields = [
        field for field in page.fields if field.kind not in ONES_OWN and field.from_person is None
    ]
    keys = {field.key for field in fields}
    values = {key: value for key, value in (saved.values or {}).items() if key in keys}
    return name_of(other), to_raw(fields, values)


def _is_shared(page: Page) -> bool:
    return any(field.kind in WHERE_SOMEBODY_IS for field in page.fields)
