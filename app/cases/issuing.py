"""The document that a case ends in: issued by an officer, made by the worker, revoked by the head.

What is issued is no change of the case's state; the case is locked all the same, so that two
officers never issue at once.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounts import rules as persons
from app.accounts.rules import Details
from app.audit import services as audit
from app.cases import changing, issuing_rules, queries, telling
from app.cases.models import Case
from app.cases.rules import Action
from app.catalogue import notices
from app.catalogue.definition.elements import STATEMENT, Definition, IssueTemplate
from app.catalogue.definition.texts import Text
from app.core import clock, i18n
from app.core import reference as references
from app.core.actor import Actor, Role
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid, InvalidTransition, NotAllowed, NotFound
from app.documents import issued as documents
from app.documents import typesetting
from app.documents.models import IssuedDocument, IssuedState
from app.jobs import handlers
from app.jobs import services as jobs
from app.jobs.models import Job

logger = logging.getLogger(__name__)

MAKE = "cases.make_document"
ISSUERS = frozenset({Role.OFFICER, Role.HEAD})
LONGEST_REASON = 500
LONGEST_STATEMENT = 1500
NO_STATEMENT: Mapping[str, str] = {}
LANGUAGES = ("ar", "ru")
"""In which a document is written, whatever its readers speak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class May:
    """What an actor may do about the document of a case now."""

    issue: bool
    revoke: bool


def rights(case: Case, actor: Actor) -> May:
    """Return what an actor may do about the document of a case now."""
    can = queries.definition(case).issue_template is not None
    can = can and issuing_rules.may_issue(changing.standing(case))
    return May(issue=can and actor.has_role(*ISSUERS), revoke=actor.has_role(Role.HEAD))


def wants_statement(case: Case) -> bool:
    """Return whether an officer writes something in the document of a case."""
    words = queries.definition(case).issue_words or {}
    return any(f"{{{STATEMENT}}}" in text for text in words.values())


def issue(
    reference: str,
    *,
    actor: Actor,
    seen: int,
    key: str,
    reason: str = "",
    statement: Mapping[str, str] = NO_STATEMENT,
) -> IssuedDocument:
    """Order the document of a case, and return it; it supersedes the one before once it is made.

    Raises NotAllowed for others than officers and the head, NotFound where the service makes no
    document, Conflict on an old page or while one is being made, InvalidTransition too early,
    Invalid without a reason where a valid one loses its worth, and without a statement in each
    language where the service asks for one.
    """
    case = changing.lock_named(reference, actor)
    known = documents.find_by_key(case.id, key)
    if known is not None:
        return known
    template = _check(case, actor, seen)
    waiting = _find_waiting(case)
    if waiting is not None:
        _schedule(waiting, dedupe=f"{waiting.uid}/{key}")
        return waiting
    _note_reason(case, reason)
    said = _stated(case, statement)
    row = documents.order(_order(case, template, said, actor), key=key)
    _schedule(row, dedupe=row.uid)
    _record("document_issued", case, row, actor)
    return row


def _note_reason(case: Case, reason: str) -> None:
    """Keep with a valid document why another one takes its place."""
    valid = documents.find_valid(case.id)
    if valid is None:
        return
    if not reason.strip():
        raise Invalid(_l("Say why another document is to take its place."), field="reason")
    valid.reason = reason.strip()[:LONGEST_REASON]


def _stated(case: Case, statement: Mapping[str, str]) -> Mapping[str, str]:
    if not wants_statement(case):
        return NO_STATEMENT
    for language in LANGUAGES:
        if not statement.get(language, "").strip():
            raise Invalid(
                _l("Write what the document says in this language."),
                field=f"{STATEMENT}_{language}",
            )
    return {one: statement[one].strip()[:LONGEST_STATEMENT] for one in LANGUAGES}


def _find_waiting(case: Case) -> IssuedDocument | None:
    """Return an order that nobody carries out any more; Conflict while one is being made."""
    waiting = documents.find_waiting(case.id)
    if waiting is not None and not documents.is_stuck(waiting):
        raise Conflict(_l("The document is being made. Load the page again in a moment."))
    return waiting


def _schedule(row: IssuedDocument, *, dedupe: str) -> None:
    jobs.schedule(
        MAKE, dedupe=f"{MAKE}/{dedupe}", due_at=clock.now(), arguments={"document": row.uid}
    )


def _check(case: Case, actor: Actor, seen: int) -> IssueTemplate:
    template = queries.definition(case).issue_template
    if not actor.has_role(*ISSUERS):
        raise NotAllowed()
    if template is None:
        raise NotFound()
    if seen != case.version:
        raise Conflict()
    if not issuing_rules.may_issue(changing.standing(case)):
        raise InvalidTransition()
    return template


def _order(
    case: Case, template: IssueTemplate, statement: Mapping[str, str], actor: Actor
) -> documents.Order:
    return documents.Order(
        case_id=case.id,
        post_id=case.post_id,
        version_id=case.version_id,
        data_key=case.data_key,
        template=template,
        ending=issuing_rules.ending_of(_number_of(_details(case)) or case.reference),
        issued_on=clock.today(case.service.post.zone),
        issued_by=actor.id or 0,
        statement=statement,
    )


def revoke(reference: str, number: int, *, reason: str, actor: Actor) -> IssuedDocument:
    """Declare a document void, with a reason that stays on record; for the head alone.

    An order that still waits goes with it: a moment later its document would be valid again.
    Done again by the same head it changes nothing. Raises Invalid without a reason, Conflict for
    a document that is not valid.
    """
    case = changing.lock_named(reference, actor)
    row = documents.get_numbered(case.id, number)
    if not actor.has_role(Role.HEAD):
        raise NotAllowed()
    if row.state is IssuedState.REVOKED and row.revoked_by == actor.id:
        return row
    if not reason.strip():
        raise Invalid(_l("Say why the document is revoked."), field="reason")
    documents.revoke(row, reason=reason.strip()[:LONGEST_REASON], by=actor.id or 0)
    _drop_order(case)
    _record("document_revoked", case, row, actor)
    telling.send(case, "document_revoked", dedupe=f"document/{row.uid}/revoked")
    return row


def _drop_order(case: Case) -> None:
    """Forget what waits to be made for a locked case; who makes it then keeps nothing."""
    waiting = documents.find_waiting(case.id)
    if waiting is not None:
        db.session.delete(waiting)


def void(case: Case, actor: Actor) -> None:
    """Take back what was issued for a locked case that is refused, withdrawn or lapses."""
    _take_back(case, actor, _("The request ended without its document."))


def follow(case: Case, action: Action, actor: Actor) -> None:
    """Take back what was issued for a locked case that is checked anew; its end issues another."""
    if action is Action.REOPENED:
        _take_back(case, actor, _("The request was opened again and is checked anew."))


def _take_back(case: Case, actor: Actor, reason: str) -> None:
    _drop_order(case)
    valid = documents.find_valid(case.id)
    if valid is not None:
        documents.revoke(valid, reason=reason, by=actor.id or 0)
        _record("document_revoked", case, valid, actor)


def _record(action: str, case: Case, row: IssuedDocument, actor: Actor) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="case",
        object_uid=case.uid,
        post_id=case.post_id,
        fields={"number": row.number, "template": row.template},
    )
    logger.info(action.replace("_", " "), extra={"case_id": case.id, "document": row.uid})


def register_jobs() -> None:
    """Have the worker make what was ordered."""
    handlers.register_slow(MAKE, make)


def make(job: Job) -> None:
    """Make one document outside of any transaction, then keep it; nothing when it is kept."""
    uid = str(job.arguments["document"])
    row = documents.find_by_uid(uid)
    if row is None or row.state is not IssuedState.ORDERED:
        return
    pdf = typesetting.typeset(
        IssueTemplate(row.template), content(_case_of(row), row), made_at=row.ordered_at
    )
    case_id = row.case_id
    db.session.close()
    with transaction():
        # The case first, as in issuing and revoking: two orders of locks would be a deadlock.
        case = changing.lock(case_id)
        locked = documents.lock(uid)
        if locked is not None and locked.state is IssuedState.ORDERED:
            replaces = documents.find_valid(case.id) is not None
            documents.conclude(locked, pdf)
            news = "document_replaced" if replaces else "document_issued"
            telling.send(case, news, dedupe=f"document/{uid}/issued")


def _case_of(row: IssuedDocument) -> Case:
    return db.session.scalars(
        select(Case).options(*queries.whole()).where(Case.id == row.case_id)
    ).one()


def content(case: Case, row: IssuedDocument) -> dict[str, object]:
    """Return what stands in a document: its words in each language, its code, what to scan."""
    definition = queries.definition(case)
    halves: dict[str, object] = {}
    for language in LANGUAGES:
        with i18n.speaking(language):
            halves[language] = _half(case, row, definition)
    return {
        **halves,
        "code": row.code,
        "address": documents.entrance(),
        "qr": documents.qr_of(row),
    }


def _half(case: Case, row: IssuedDocument, definition: Definition) -> dict[str, object]:
    details = _details(case)
    values = {
        "name": _name_of(details),
        "reference": references.unbroken(case.reference),
        "date": i18n.short_day(row.issued_on),
        STATEMENT: (row.statement or {}).get(i18n.language(), ""),
    }
    return {
        "post": i18n.text_in(case.service.post.name),
        "title": i18n.text_in(definition.issues or definition.title),
        "opening": _("The consular post issues this document to:"),
        "rows": _rows(case, row, details),
        "paragraphs": _paragraphs(definition.issue_words or {}, values),
        "verify": _("Scan the code or open the address and type the code of the document:"),
        "qr": _("Code to verify the document"),
        "kept": _("The document is valid only as long as this page says so."),
    }


def _rows(case: Case, row: IssuedDocument, details: Details) -> list[Mapping[str, object]]:
    name, latin = _name_of(details), persons.latin_name(details)
    rows = [
        (_("Name"), name, False),
        (_("Name as in the passport"), latin if latin != name else "", True),
        (_("Born"), _birth(details), False),
        (_("Passport number"), details.passport_number, True),
        (_("National number"), details.national_number, True),
        (_("Number of the request"), case.reference, True),
        (_("Issued on"), i18n.short_day(row.issued_on), False),
    ]
    return [
        {"label": label, "text": text, "number": is_number}
        for label, text, is_number in rows
        if text
    ]


def _paragraphs(words: Text, values: Mapping[str, str]) -> list[str]:
    text = notices.filled(i18n.text_in(words), values)
    return [part.strip() for part in text.split("\n\n") if part.strip()]


def _details(case: Case) -> Details:
    return Details.from_json(case.person.details or {})


def _name_of(details: Details) -> str:
    # Half a name in Russian would name somebody else; the one of the passport names them.
    is_whole = bool(details.first_ru and details.family_ru)
    russian = persons.russian_name(details) if is_whole and i18n.language() == "ru" else ""
    return russian or persons.display_name(details, i18n.language())


def _number_of(details: Details) -> str:
    return details.passport_number or details.national_number


def _birth(details: Details) -> str:
    if details.birth_on is not None:
        return i18n.short_day(details.birth_on)
    return str(details.birth_year or "")
