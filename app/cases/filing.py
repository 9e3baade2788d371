"""What the citizen writes into a case: a draft, its answers and papers, and what is mended."""

import secrets
from collections.abc import Mapping
from datetime import date

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext
from sqlalchemy import delete, select

from app.accounts.models import Account, Person
from app.cases import changing, contents, finding, pace, queries, rebasing, requirements, rounds
from app.cases.applicants import of as of  # asked for with all that is asked of a draft
from app.cases.models import Case, CaseAnswers, CaseEvent, CaseFile, CaseItem
from app.cases.rules import Action, ItemKind, ItemState, State
from app.catalogue import fees
from app.catalogue import queries as catalogue
from app.catalogue.definition.elements import Definition, Paper
from app.core import clock, i18n
from app.core import reference as references
from app.core.actor import Actor
from app.core.db import db
from app.core.errors import Conflict, Invalid, InvalidTransition, NotFound
from app.documents.models import Document

FOLLOW_CODE = 8

NOT_AVAILABLE = _l("This service is not available at present; your draft is kept.")
"""What is said of a draft whose service is withdrawn or switched off."""


def start(
    *,
    service_code: str,
    person: Person,
    account: Account | None,
    actor: Actor,
    language: str,
    key: str,
    variant: str = "regular",
) -> Case:
    """Return a new draft on the published version, or the one that this key began.

    Raises NotFound for a service that is not offered, Invalid for a variant it does not have.
    """
    begun = _begun(person, key)
    if begun is not None:
        return changing.lock(begun.id)
    post = catalogue.get_current_post()
    version, definition = catalogue.get_published(post, service_code)
    _check_window(definition, clock.today(post.zone))
    known = fees.variants_on(definition.fees, clock.today(post.zone))
    if known and variant not in known:
        raise Invalid(_l("Choose one of the answers in the list."), field="variant")
    requirements.check_person(account, person, service_code, on=clock.today(post.zone))
    return changing.begin(
        version,
        definition,
        person=person,
        account=account,
        actor=actor,
        language=language,
        variant=variant,
        key=key,
    )


def _check_window(definition: Definition, today: date) -> None:
    window = definition.window
    if window is None or window.is_open(today):
        return
    days = {"first": i18n.short_day(window.opens_on), "last": i18n.short_day(window.closes_on)}
    raise Invalid(_l("Requests are taken from %(first)s to %(last)s."), **days)


def _begun(person: Person, key: str) -> Case | None:
    return db.session.scalar(
        select(Case)
        .join(CaseEvent, CaseEvent.case_id == Case.id)
        .where(
            Case.person_id == person.id,
            CaseEvent.action == Action.STARTED,
            CaseEvent.key == key,
        )
    )


def save_page(
    reference: str,
    page_key: str,
    values: Mapping[str, object],
    *,
    actor: Actor,
    judged_by: int | None = None,
) -> Case:
    """Keep the answers of one page, as the engine has accepted them; the same again is harmless.

    A page that is asked for counts as answered by this, also when nothing in it had to change.

    `judged_by` is the number of the version that asked for them. A draft that has moved on since
    keeps each answer where it belongs by now; Conflict for a case that was sent.
    Raises NotFound for a page that the definition lacks, InvalidTransition where the case, or
    this page of it, is not the citizen's to change now.
    """
    case = changing.lock_named(reference, actor)
    if judged_by is not None and judged_by != case.pinned.number:
        return _save_late(case, page_key, values, judged_by)
    item = queries.find_item(case, ItemKind.ANSWERS, page_key)
    _check_editable(case, item)
    item.typed = None
    newest = queries.answers_of_page(case, page_key)
    is_asked = item.state in {ItemState.MISSING, ItemState.REJECTED}
    if newest is not None and newest.values == dict(values) and not is_asked:
        return case
    _keep(item, newest, values)
    item.state = ItemState.RECEIVED if case.state is State.DRAFT else ItemState.REPLACED
    return _touch(case)


def keep_typed(reference: str, page: str, raw: dict[str, list[str]], *, actor: Actor) -> None:
    """Keep what a page was refused with beside its answers, until these are saved or sent."""
    case = changing.lock_named(reference, actor)
    item = queries.find_item(case, ItemKind.ANSWERS, page)
    _check_editable(case, item)
    item.typed = raw


def _save_late(case: Case, page_key: str, values: Mapping[str, object], judged_by: int) -> Case:
    if case.state is not State.DRAFT:
        raise Conflict()
    version = catalogue.get_version(case.service, judged_by)
    return _touch(rebasing.keep_late(case, page_key, values, version))


def _keep(item: CaseItem, newest: CaseAnswers | None, values: Mapping[str, object]) -> None:
    # What was sent once stays as it was: a correction is a revision of its own.
    if newest is None or item.state is ItemState.REJECTED:
        revision = newest.revision + 1 if newest else 1
        newest = CaseAnswers(item=item, revision=revision)
        db.session.add(newest)
    newest.values = dict(values)
    newest.saved_at = clock.now()


def attach(
    reference: str,
    paper_key: str,
    document: Document,
    *,
    actor: Actor,
    issued_on: date | None = None,
) -> Case:
    """Add a stored document to a paper; in a correction the first one replaces what was there.

    Raises Invalid when the paper is too old or has enough files, NotFound for an unknown paper.
    `document` must be sealed with the key of the case.
    """
    case = changing.lock_named(reference, actor)
    item = queries.find_item(case, ItemKind.PAPER, paper_key)
    _check_editable(case, item)
    if any(file.document_id == document.id for file in item.files):
        return case
    check_paper(case, paper_key, issued_on=issued_on)
    if item.state is ItemState.REJECTED:
        _replace_files(item)
    file = CaseFile(item=item, document=document, issued_on=issued_on, created_at=clock.now())
    db.session.add(file)
    item.state = ItemState.RECEIVED if case.state is State.DRAFT else ItemState.REPLACED
    return _touch(case)


def check_paper(case: Case, paper_key: str, *, issued_on: date | None) -> Paper:
    """Return what is asked of a paper; Invalid when it is full, or too old on this day."""
    paper = _paper(queries.definition(case), paper_key)
    item = queries.find_item(case, ItemKind.PAPER, paper_key)
    if item.state is not ItemState.REJECTED and len(contents.live_files(item)) >= paper.max_pages:
        raise Invalid(
            _l("No more files can be attached to this paper. Remove one first."), field="file"
        )
    if paper.freshness_days is not None:
        _check_freshness(paper.freshness_days, issued_on, clock.today(case.service.post.zone))
    return paper


def _check_freshness(most: int, issued_on: date | None, today: date) -> None:
    if issued_on is None:
        raise Invalid(_l("Enter the day on which this paper was issued."), field="issued_on")
    if issued_on > today:
        raise Invalid(_l("The date must not be in the future."), field="issued_on")
    if not pace.is_fresh(issued_on, today, most):
        raise Invalid(
            lazy_ngettext(
                "This paper was issued more than %(num)s day ago. Please attach a newer one.",
                "This paper was issued more than %(num)s days ago. Please attach a newer one.",
                most,
            ),
            field="issued_on",
        )


def _replace_files(item: CaseItem) -> None:
    at = clock.now()  # One moment: what is replaced together is one version.
    for file in contents.live_files(item):
        file.replaced_at = at


def detach(reference: str, paper_key: str, document_uid: str, *, actor: Actor) -> Case:
    """Take a file away again, which was never sent; one that is gone already is no error.

    Its row goes with it, and its bytes with the next sweep of the store.
    """
    case = changing.lock_named(reference, actor)
    item = queries.find_item(case, ItemKind.PAPER, paper_key)
    _check_editable(case, item)
    if item.state is ItemState.REJECTED:
        raise InvalidTransition()
    for file in contents.live_files(item):
        if file.document.uid == document_uid:
            item.files.remove(file)
            db.session.delete(file)
            db.session.delete(file.document)
    if not contents.live_files(item):
        item.state = ItemState.MISSING if case.state is State.DRAFT else ItemState.REJECTED
        _put_back_files(item)
    return _touch(case)


def _put_back_files(item: CaseItem) -> None:
    """Have those files count again that were replaced last: nothing stands in their place now."""
    last = max((file.replaced_at for file in item.files if file.replaced_at), default=None)
    for file in item.files:
        if file.replaced_at == last:
            file.replaced_at = None


def discard(reference: str, *, actor: Actor) -> None:
    """Delete a draft with everything in it; raise InvalidTransition once it was sent."""
    case = changing.lock_named(reference, actor)
    if case.state is not State.DRAFT:
        raise InvalidTransition()
    remove(case)


def remove(case: Case) -> list[str]:
    """Delete the rows of a draft; return the uids of its files, whose bytes are still there."""
    documents = select(CaseFile.document_id).join(CaseItem).where(CaseItem.case_id == case.id)
    uids = list(db.session.scalars(select(Document.uid).where(Document.id.in_(documents))))
    db.session.execute(delete(Case).where(Case.id == case.id))
    db.session.execute(delete(Document).where(Document.uid.in_(uids)))
    db.session.expire_all()
    return uids


def submit(reference: str, *, actor: Actor, seen: int, key: str) -> Case:
    """Send a draft: check that it is whole, promise a day, give it a code to follow it by.

    Raises Invalid when something is missing or the service is not offered any more.
    """
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    changing.check(case, Action.SUBMITTED, actor=actor, seen=seen)
    _check_offered(case)
    _check_window(queries.definition(case), clock.today(case.service.post.zone))
    if contents.exclusion_of(case) is not None:
        raise Invalid(_l("By your answers this request cannot be filed here."))
    requirements.check_filing(case)
    if contents.gaps(case):
        raise Invalid(_l("Something is still missing. Complete it before you send the request."))

    case = rebasing.forget_left_over(case)
    _settle_items(case)
    _give_code(case)
    finding.index(case)
    return changing.apply(case, Action.SUBMITTED, actor=actor, key=key)


def _check_offered(case: Case) -> None:
    if catalogue.find_offered(case.service_id) is None:
        raise Invalid(NOT_AVAILABLE)


def _settle_items(case: Case) -> None:
    """Mark as not needed what this applicant was not asked for or left out."""
    for item in case.items:
        item.typed = None
        if item.state is ItemState.MISSING:
            item.state = ItemState.WAIVED
    asked = {page.key for page in contents.shown_pages(case)}
    for item in case.items:
        if item.kind is ItemKind.ANSWERS and item.key not in asked:
            item.state = ItemState.WAIVED


def _give_code(case: Case) -> None:
    code = "".join(secrets.choice(references.ALPHABET) for _ in range(FOLLOW_CODE))
    case.follow_code = code
    case.follow_hash = queries.follow_hash(case.reference, code)


def resubmit(reference: str, *, actor: Actor, seen: int, key: str) -> Case:
    """Send what was mended; raise Invalid while anything is still to be mended."""
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    changing.check(case, Action.RESUBMITTED, actor=actor, seen=seen)
    if not contents.is_mended(case):
        raise Invalid(_l("Something is still missing. Complete it before you send the request."))
    mended = [item for item in case.items if item.state is ItemState.REPLACED]
    for item in mended:
        item.state = ItemState.RECEIVED
        item.decided_at = item.decided_by = None

    finding.index(case)
    details = {"items": [item.key for item in mended]}
    return changing.apply(case, Action.RESUBMITTED, actor=actor, key=key, details=details)


def _paper(definition: Definition, key: str) -> Paper:
    for paper in definition.all_papers():
        if paper.key == key:
            return paper
    raise NotFound()


def _check_editable(case: Case, item: CaseItem) -> None:
    if case.state is State.DRAFT:
        return
    mending = item.state in rounds.MENDING
    if case.state is not State.ACTION_NEEDED or not mending:
        raise InvalidTransition()


def _touch(case: Case) -> Case:
    """Count the change, so that a summary looked at before it is not sent by mistake."""
    case.version += 1
    case.updated_at = clock.now()
    db.session.flush()
    return case
