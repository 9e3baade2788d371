"""Asking for erasure, and deciding about it: one proposes, a head who is somebody else confirms."""

from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, update

from app.accounts import addresses, undoing
from app.accounts import queries as accounts
from app.accounts.models import Account, ContactKind, SignIn
from app.audit import services as audit
from app.cases import queries as cases
from app.cases.models import Case
from app.cases.rules import State
from app.catalogue import queries as catalogue
from app.catalogue import workdays
from app.catalogue.models import Post
from app.core import clock, i18n
from app.core.actor import SYSTEM, Actor
from app.core.db import add_once, count_changed, db
from app.core.errors import Conflict, Invalid, InvalidTransition, NotAllowed
from app.jobs import services as jobs
from app.notifications import services as notifications
from app.notifications.writing import CONTACTS
from app.reporting.wishes import queries, rules
from app.reporting.wishes.models import ErasureWish
from app.reporting.wishes.rules import Answer, Ground, Scope, WishState

ERASE = "reporting.erase"
VISITOR_EVENT = "visitor_erasure"
IN_AN_ACCOUNT = _l(
    "This request is in an account. Its owner applies there, on the page of the account, after"
    " signing in."
)
ASKED_ALREADY = _l("The erasure of this request was applied for already.")
STANDS = _l(
    "This cannot be granted: a request is running, an appeal waits, or a head or a law keeps it. "
    "Look at the application again."
)
CONTESTED = _l(
    "The address or phone of this account was changed a short while ago. Whoever had it before can"
    " stop that until %(day)s; nothing is erased until then. Decide after that day."
)
STANDS_NO_MORE = _l("What the refusal is founded on does not stand any more. Send it back.")
NOT_BOTH = _l("Somebody else decides: a head, who neither recorded nor proposed it.")


def ask_for_case(reference: str, *, actor: Actor) -> ErasureWish:
    """Note that a citizen wants a request of theirs erased; asked again it is the same wish.

    Raises NotFound for a request of somebody else, InvalidTransition for a draft, which its
    citizen deletes.
    """
    case = cases.get_row(reference, actor)
    if case.state is State.DRAFT:
        raise InvalidTransition()
    return _ask(catalogue.get_post(case.post_id), case, actor)


def ask_for_account(*, actor: Actor) -> ErasureWish:
    """Note that a citizen wants the account erased with all that is in it; see ask_for_case.

    The post of this site decides.
    """
    return _ask(catalogue.get_current_post(), None, actor)


def record_for_visitor(reference: str, contact: str, *, actor: Actor) -> ErasureWish:
    """Note at the counter that a visitor wants a request erased that no account has.

    Whoever calls has compared the paper of the person with the request. `contact` is an address
    or a phone for the answer, empty for none. Raises NotFound for a request of another post or an
    unknown one, Conflict for one that an account has, Invalid for what is no contact.
    """
    case = cases.get_row(reference, actor)
    if case.account_id is not None:
        raise Conflict(IN_AN_ACCOUNT)
    if queries.find_open(account_id=0, case_id=case.id) is not None:
        raise Conflict(ASKED_ALREADY)
    wish = _new(catalogue.get_post(case.post_id), case)
    wish.recorded_by = actor.id
    wish.case = case
    wish.contact = addresses.read(contact) if contact else None
    return _begin(wish, actor)


def _ask(post: Post, case: Case | None, actor: Actor) -> ErasureWish:
    account_id, case_id = actor.id or 0, case.id if case else None
    found = queries.find_open(account_id=account_id, case_id=case_id)
    if found is not None:
        return found
    wish = _new(post, case)
    wish.account_id = account_id
    return _begin(wish, actor)


def _new(post: Post, case: Case | None) -> ErasureWish:
    return ErasureWish(
        post_id=post.id,
        case_id=case.id if case else None,
        scope=Scope.CASE if case else Scope.ACCOUNT,
        state=WishState.ASKED,
        asked_at=clock.now(),
        due_on=_due_on(post),
    )


def _begin(wish: ErasureWish, actor: Actor) -> ErasureWish:
    if not add_once(wish):
        raise Conflict()
    _tell("erasure_asked", wish, {"until_on": wish.due_on.isoformat()})
    _record("asked", wish, actor)
    return wish


def _due_on(post: Post) -> date:
    today = clock.today(post.zone)
    closures = catalogue.closed_days(post.id, today, today + rules.LONGEST)
    try:
        tenth = workdays.add_working_days(
            today, rules.WORKING_DAYS, week=frozenset(post.week), closures=closures
        )
    except workdays.NoWorkingDay:
        return rules.due_on(today, None)
    return rules.due_on(today, tenth)


def withdraw(uid: str, *, actor: Actor) -> ErasureWish:
    """Take a wish back; raise NotFound for that of another, Conflict once it is decided."""
    wish = queries.get_of_account(uid, actor.id or 0)
    withdrawn = count_changed(
        update(ErasureWish)
        .where(ErasureWish.id == wish.id, ErasureWish.state.in_(rules.UNDECIDED))
        .values(state=WishState.WITHDRAWN)
    )
    if withdrawn != 1:
        raise Conflict()
    db.session.refresh(wish)
    _tell("erasure_withdrawn", wish, {})
    _record("withdrawn", wish, actor)
    return wish


def hand_over(wish: ErasureWish, case: Case) -> None:
    """Give the wish of a visitor, locked, to the account that took the request.

    Its owner is told and may withdraw it: whoever had it recorded at the counter may be somebody
    else. It is thought over anew, and what was sealed by the key of the request goes.
    """
    wish.contact = wish.remark = None
    _ask_anew(wish)
    wish.account_id = case.account_id
    db.session.flush()
    db.session.expire(wish, ["account"])
    _tell("erasure_asked", wish, {"until_on": wish.due_on.isoformat()})


def pass_on(wish: ErasureWish, post_id: int) -> None:
    """Have another post decide, to which the request has gone: of the former one nobody knows it.

    The last day for an answer stays.
    """
    _ask_anew(wish)
    wish.post_id = post_id


def grounds_of(wish: ErasureWish) -> list[Ground]:
    """Return what stands now against what a citizen wants."""
    return queries.grounds(queries.ids_of_cases(wish))


def propose_to_grant(uid: str, reason: str, *, actor: Actor) -> ErasureWish:
    """Propose that data be erased; raise Conflict where something stands against it."""
    wish = _locked(uid, WishState.ASKED, actor)
    if grounds_of(wish):
        raise Conflict(STANDS)
    return _propose(wish, Answer.GRANT, None, reason, actor)


def propose_to_refuse(uid: str, ground: Ground, reason: str, *, actor: Actor) -> ErasureWish:
    """Propose that data be kept, on a ground that stands; the citizen reads the reason.

    Raises Invalid for a ground that does not.
    """
    wish = _locked(uid, WishState.ASKED, actor)
    if not rules.may_stand(ground, grounds_of(wish)):
        raise Invalid(_l("This is not so. Choose what stands against it."), field="ground")
    return _propose(wish, Answer.REFUSE, ground, reason, actor)


def _propose(
    wish: ErasureWish, answer: Answer, ground: Ground | None, reason: str, actor: Actor
) -> ErasureWish:
    wish.reason, wish.remark = _checked(reason, "reason"), None
    wish.state, wish.answer, wish.ground = WishState.PROPOSED, answer, ground
    wish.proposed_by, wish.proposed_at = actor.id, clock.now()
    db.session.flush()
    _record("proposed", wish, actor)
    return wish


def send_back(uid: str, remark: str, *, actor: Actor) -> ErasureWish:
    """Have a proposal be thought over, with a remark for whoever made it."""
    wish = _proposal(uid, actor)
    wish.remark = _checked(remark, "remark")
    _ask_anew(wish)
    _record("sent_back", wish, actor)
    return wish


def _ask_anew(wish: ErasureWish) -> None:
    wish.state, wish.answer, wish.ground = WishState.ASKED, None, None
    wish.reason = wish.proposed_by = wish.proposed_at = None
    wish.decided_by = wish.decided_at = None
    db.session.flush()


def confirm(uid: str, *, actor: Actor) -> ErasureWish:
    """Decide as it was proposed, by a head who did not propose it.

    What is granted is closed at once to all readers, so that it cannot go on any more, and erased
    by the worker. Raises NotAllowed for who proposed, Conflict when things changed meanwhile, or
    while a change of the account's address or phone can be stopped. The account is locked before
    the wish, as it is where a change is stopped.
    """
    account = queries.get_of_post(uid, actor.post_id or 0).account
    until = undoing.stoppable_until(account) if account is not None else None
    wish = _proposal(uid, actor)
    if until is not None and wish.answer is Answer.GRANT:
        raise Conflict(CONTESTED, day=i18n.short_day(until.date()))
    ids = queries.lock_cases(wish)
    grounds = queries.grounds(ids)
    if wish.answer is Answer.GRANT and grounds:
        raise Conflict(STANDS)
    if wish.ground is not None and not rules.may_stand(wish.ground, grounds):
        raise Conflict(STANDS_NO_MORE)
    wish.decided_by, wish.decided_at = actor.id, clock.now()
    if wish.answer is Answer.GRANT:
        _grant(wish, ids)
    else:
        wish.state = WishState.REFUSED
        _tell("erasure_refused", wish, {})
    db.session.flush()
    _record(wish.state.value, wish, actor)
    return wish


def _grant(wish: ErasureWish, case_ids: list[int]) -> None:
    now = clock.now()
    wish.state = WishState.GRANTED
    sent = (Case.id.in_(case_ids), Case.state != State.DRAFT, Case.closed_at.is_(None))
    db.session.execute(update(Case).where(*sent).values(closed_at=now))
    if wish.scope is Scope.ACCOUNT:
        owner = wish.account_id
        db.session.execute(update(Account).where(Account.id == owner).values(erased_at=now))
        db.session.execute(delete(SignIn).where(SignIn.account_id == owner))
    jobs.schedule(ERASE, dedupe=f"{ERASE}/{wish.uid}", due_at=now, arguments={"wish": wish.uid})


def stop(wish: ErasureWish) -> None:
    """Have a wish be decided anew, because a head kept the request before it went."""
    _ask_anew(wish)
    _record("stopped", wish, SYSTEM)


def finish(wish: ErasureWish) -> None:
    """Have a wish lead to nobody, now that it is carried out in the open transaction."""
    _tell_done(wish)
    wish.state, wish.done_at = WishState.DONE, clock.now()
    wish.sealed_reason = wish.sealed_remark = wish.sealed_contact = None
    wish.account_id = wish.case_id = None
    db.session.flush()
    db.session.expire(wish)
    _record("done", wish, SYSTEM)


def _tell_done(wish: ErasureWish) -> None:
    if wish.scope is Scope.CASE:
        _tell("erasure_done", wish, {})
        return
    account, account_id = wish.account, wish.account_id or 0
    address = accounts.address_of(account_id) or accounts.phone_of(account_id)
    if account is None or address is None:
        return
    notifications.tell_address(
        "account_erased",
        address=address,
        language=account.language,
        dedupe=f"account_erased/{wish.uid}",
        payload={},
        channel=CONTACTS[ContactKind.of(address)],
        post_id=wish.post_id,
    )


def _locked(uid: str, state: WishState, actor: Actor) -> ErasureWish:
    """Return a wish of the actor's post, locked; Conflict where it is not in a state any more."""
    queries.get_of_post(uid, actor.post_id or 0)
    wish = queries.lock(uid)
    if wish is None or wish.state is not state:
        raise Conflict()
    return wish


def _proposal(uid: str, actor: Actor) -> ErasureWish:
    wish = _locked(uid, WishState.PROPOSED, actor)
    proposed_by, recorded_by = wish.proposed_by, wish.recorded_by
    if not rules.may_decide(actor, proposed_by=proposed_by, recorded_by=recorded_by):
        raise NotAllowed(NOT_BOTH)
    return wish


def _checked(words: str, field: str) -> str:
    if not words.strip():
        raise Invalid(_l("Say why."), field=field)
    return words.strip()[: rules.LONGEST_REASON]


def _tell(event: str, wish: ErasureWish, payload: dict[str, str]) -> None:
    if wish.account_id is None:
        _tell_visitor(event, wish)
        return
    notifications.tell(
        event,
        account_id=wish.account_id or 0,
        dedupe=f"{event}/{wish.uid}",
        payload=payload,
        post_id=wish.post_id,
    )


def _tell_visitor(event: str, wish: ErasureWish) -> None:
    """Tell where the visitor wished to be told; who named nothing reads it by number and code."""
    if wish.case is None or not wish.contact:
        return
    notifications.tell_address(
        VISITOR_EVENT,
        address=wish.contact,
        language=wish.case.language,
        dedupe=f"{event}/{wish.uid}",
        payload={"step": event, "path": "/follow/erasure"},
        channel=CONTACTS[ContactKind.of(wish.contact)],
        post_id=wish.post_id,
    )


def _record(step: str, wish: ErasureWish, actor: Actor) -> None:
    audit.record(
        f"erasure_wish.{step}",
        actor=actor,
        object_kind="erasure_wish",
        object_uid=wish.uid,
        post_id=wish.post_id,
        fields={"scope": wish.scope.value},
    )
