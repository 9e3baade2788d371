"""Moving a case to another version: a draft by its citizen, one that was sent by an officer.

Each function works in the caller's transaction; `key` makes it happen once, `seen` is the version
of the case that was looked at, `to` the number of the version of the service that was shown.
"""

from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l

from app.cases import changing, filing, rebasing, rounds
from app.cases.models import Case
from app.cases.rebasing import Outline
from app.cases.rules import Action, ItemState, State
from app.catalogue import fees
from app.catalogue import queries as catalogue
from app.catalogue.models import ServiceVersion
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, Invalid, InvalidTransition

NOTHING_ASKED = _l("Nothing in the new version concerns this request: it can stay where it is.")
OTHER_WAY = _l(
    "The new version takes another way up to the present step, so this request cannot move to it."
)
OTHER_VARIANT = _l("The new version does not offer the way in which this request was sent.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What an officer sees before a case that was sent is moved."""

    outline: Outline
    refusal: Invalid | None
    """Why it cannot be moved, if so."""


def find_newer(case: Case) -> ServiceVersion | None:
    """Return the version that new cases begin on, when a draft or open case keeps another one."""
    if case.ended_at is not None:
        return None
    offered = catalogue.find_offered(case.service_id)
    if offered is None or offered.id == case.version_id:
        return None
    # Another post, to which a case was passed on, may offer the very same.
    return None if offered.content_hash == case.pinned.content_hash else offered


def outline(case: Case, target: ServiceVersion) -> Outline:
    """Return what moving a case would do; nothing is changed."""
    return rebasing.outline(case, target, filing.of(case))


def variant_on(case: Case, target: ServiceVersion) -> str:
    """Return the variant that a draft would have on a version: its own where that is offered."""
    known = _variants(case, target)
    if not known or case.variant in known:
        return case.variant
    return "regular" if "regular" in known else known[0]


def move_draft(reference: str, *, to: int, actor: Actor, seen: int, key: str) -> Case:
    """Move a draft to the version that is offered now; what has no place stays readable.

    Raises InvalidTransition once it was sent, Conflict when the draft or the version went on.
    """
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    if case.state is not State.DRAFT:
        raise InvalidTransition()
    target = _target(case, to, seen)
    details = {"from": case.pinned.number, "version": target.number}
    variant = variant_on(case, target)
    case = rebasing.rebase_draft(case, outline(case, target), variant=variant)
    return changing.begin_anew(case, actor=actor, key=key, details=details)


def choose_variant(reference: str, variant: str, *, actor: Actor) -> Case:
    """Have a draft worked on in another way, such as urgently.

    Raises InvalidTransition once it was sent, Invalid for a way that its version does not have.
    """
    case = changing.lock_named(reference, actor)
    if case.state is not State.DRAFT:
        raise InvalidTransition()
    if variant not in _variants(case, case.pinned):
        raise Invalid(_l("Choose one of the answers in the list."), field="variant")
    if variant != case.variant:
        case.variant = variant
        case.version += 1
        case.updated_at = clock.now()
    return case


def look_ahead(case: Case, target: ServiceVersion) -> Outlook:
    """Return what a correction round on a newer version would ask, and whether it can begin."""
    outlined = outline(case, target)
    return Outlook(outline=outlined, refusal=_refusal(case, outlined))


def ask_for_new_version(
    reference: str, *, to: int, until_on: date, actor: Actor, seen: int, key: str
) -> Case:
    """Move a case in review to the offered version and ask the citizen for what that adds.

    The clock stops as in any correction. Raises Invalid when the paths part before the present
    step, nothing new is asked, or the day cannot be a deadline; Conflict as for any action.
    """
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    changing.check(case, Action.CORRECTION_ASKED, actor=actor, seen=seen)
    target = _target(case, to, seen)
    ahead = look_ahead(case, target)
    if ahead.refusal is not None:
        raise ahead.refusal
    rounds.check_deadline(case, until_on)

    number = case.pinned.number
    case = rebasing.rebase_sent(case, ahead.outline, actor=actor)
    rejected = [item.key for item in case.items if item.state is ItemState.REJECTED]
    rounds.open_round(case, rejected, until_on=until_on, actor=actor)
    details = {
        "until_on": until_on.isoformat(),
        "items": rejected,
        "from": number,
        "version": target.number,
    }
    return changing.apply(case, Action.CORRECTION_ASKED, actor=actor, key=key, details=details)


def _target(case: Case, to: int, seen: int) -> ServiceVersion:
    target = find_newer(case)
    if seen != case.version or target is None or target.number != to:
        raise Conflict()
    return target


def _refusal(case: Case, outlined: Outline) -> Invalid | None:
    if not rebasing.is_kept_to(case, tuple(step.kind for step in outlined.definition.path)):
        return Invalid(OTHER_WAY)
    known = _variants(case, outlined.target)
    if known and case.variant not in known:
        return Invalid(OTHER_VARIANT)
    return None if outlined.asked else Invalid(NOTHING_ASKED)


def _variants(case: Case, target: ServiceVersion) -> tuple[str, ...]:
    today = clock.today(case.service.post.zone)
    return fees.variants_on(catalogue.definition_of(target).fees, today)
