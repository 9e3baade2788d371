"""The authority under which a request was filed, as an officer sees it."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from app.accounts.rules import AuthorityKind, Details, age
from app.cases.mandates import queries, rules, wording
from app.cases.mandates.models import Mandate
from app.cases.mandates.rules import MandateState
from app.cases.models import Case
from app.cases.wording import Status
from app.catalogue import queries as catalogue
from app.core import clock, i18n
from app.desk import queries as desk
from app.desk.history import LTR
from app.documents.models import DocumentState


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityView:
    """By what right the request was filed, and whether it carries it."""

    kind: str
    status: Status | None
    """How its paper stands, None without one."""
    flaw: str
    """Why the request cannot be accepted, empty when it can."""
    remark: str
    url: str
    """The page on which its paper is checked, empty without one."""


def of(case: Case) -> AuthorityView | None:
    """Return the authority of a case; None for applicants themselves and at the counter."""
    authority = queries.find_authority(case.account_id, case.person_id)
    if authority is None or authority.kind is AuthorityKind.SELF:
        return None
    mandate = queries.find_newest(authority.id)
    flaw = queries.flaw_at_decision(case, mandate, authority)
    details = Details.from_json(case.person.details or {})
    outgrown = rules.has_outgrown(authority.kind, age(details, clock.today(case.service.post.zone)))
    return AuthorityView(
        kind=str(wording.KINDS[authority.kind]),
        status=wording.STATES[mandate.state] if mandate else None,
        flaw=str(wording.TO_OFFICER[flaw]) if flaw else "",
        remark=_("The applicant is of age, and no power of attorney was asked for.")
        if outgrown
        else "",
        url=url_for("desk_mandate.show", reference=case.reference) if mandate else "",
    )


def facts(case: Case, mandate: Mandate) -> list[tuple[str, object]]:
    """Return what a paper says and who settled it, as pairs of a term and a value."""
    rows: list[tuple[str, object]] = [
        (_("Kind"), wording.KINDS[mandate.kind]),
        (_("Number of the paper"), LTR.format(mandate.number or "")),
        (_("Who issued it"), mandate.issuer or ""),
        (_("Valid until"), _until(mandate)),
        (_("What does it cover?"), _scope(mandate)),
        (_("Given on"), i18n.short_day(clock.local(mandate.given_at, _zone(case)).date())),
    ]
    if mandate.settled_at is not None:
        names = desk.names_of_staff([mandate.settled_by])
        rows.append((_("Decided by"), names.get(mandate.settled_by or 0, "") or _("The principal")))
    return rows


def warning(case: Case, mandate: Mandate) -> str:
    """Return that the principal revoked an earlier paper, and when; empty if they never did."""
    revoked = queries.find_revoked_by_principal(mandate.authority)
    if revoked is None or revoked.id == mandate.id or revoked.settled_at is None:
        return ""
    day = i18n.short_day(clock.local(revoked.settled_at, _zone(case)).date())
    return _("An earlier paper was revoked by the principal on %(day)s.", day=day)


def _zone(case: Case) -> str:
    return case.service.post.zone


def _until(mandate: Mandate) -> str:
    return i18n.short_day(mandate.valid_until) if mandate.valid_until else _("No end is named")


def _scope(mandate: Mandate) -> str:
    """Return the titles of the services that a paper covers; one not offered goes by its code."""
    if not mandate.services:
        return _("Everything at the consulate")
    offered = catalogue.list_published(catalogue.get_current_post())
    titles = {one.code: i18n.text_in(one.title) for one in offered}
    return i18n.listed(titles.get(code, code) for code in mandate.services)


def pages(case: Case, mandate: Mandate) -> Sequence[str]:
    """Return the addresses of the page images of a paper; none before the checks found it clean."""
    document = mandate.document
    if document.state is not DocumentState.CLEAN:
        return []
    return [
        url_for("desk_mandate.image", reference=case.reference, uid=mandate.uid, number=number)
        for number in range(1, document.pages + 1)
    ]


def may_revoke(mandate: Mandate) -> bool:
    """Return whether a paper that counts can be revoked."""
    return mandate.state in {MandateState.RECEIVED, MandateState.ACCEPTED}
