"""The page of a case for officers: papers beside answers, the clock, and what may be done."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from markupsafe import Markup

from app.accounts import rules as persons
from app.accounts.rules import Details
from app.cases import (
    bills,
    changing,
    competence,
    contents,
    correcting,
    grounds,
    masking,
    moving,
    originals,
    pace,
    presenting,
    reopening,
    rules,
    timing,
    waiving,
)
from app.cases import queries as cases
from app.cases.appeals import queries as appeals
from app.cases.appeals.models import Appeal
from app.cases.models import Case
from app.cases.rules import Action, Standing, State
from app.cases.talk import canned, thread
from app.cases.talk.rules import Side
from app.catalogue import difference_words, fees
from app.catalogue import queries as catalogue
from app.catalogue.definition.elements import Decider, Definition
from app.catalogue.definition.texts import Text
from app.core import clock, i18n
from app.core.actor import Actor
from app.desk import (
    consents,
    consignments,
    deadlines,
    duplicates,
    families,
    handing,
    headline,
    history,
    issued,
    items,
    mandates,
    papers,
    queries,
    second,
    talk,
    wording,
)
from app.desk.consents import ConsentView
from app.desk.consignments import Journey
from app.desk.duplicates import TwinView
from app.desk.families import FamilyView
from app.desk.handing import Handed
from app.desk.headline import Headline
from app.desk.history import LTR
from app.desk.issued import Documents
from app.desk.items import ItemView
from app.desk.mandates import AuthorityView
from app.desk.papers import Viewer
from app.desk.second import BackView, FirstView
from app.payments import presenting as payments
from app.payments.presenting import MoneyView
from app.payments.rules import TAKERS
from app.web.templating import text_of

CORRECTION_DAYS = 7
"""How long a citizen usually has to mend a request."""
NAME = Markup("<bdi>{}</bdi>")
REFUSALS = frozenset({Action.REFUSED, Action.REFUSAL_PROPOSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the page is looked at: which paper and page, what is uncovered, what was typed."""

    paper: str = ""
    page: int = 1
    is_revealed: bool = False
    typed: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Working days that were used and promised."""

    used: int
    promised: int
    due: tuple[str, str]
    is_stopped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is known of a case beside its answers and papers."""

    grounds: Sequence[tuple[Text, str]]
    """The waivers that were granted, and why."""
    waits_since: datetime | None
    """Since when the citizen waits for an answer to a message."""
    issued: Documents | None
    """What was issued for it, None where the service makes no document."""
    money: MoneyView
    handed: Handed | None
    """To whom it was handed over, None before."""
    journey: Journey | None
    """Where its papers are, or came back from, None before they were ever packed."""
    twins: Sequence[TwinView]
    appeal: Appeal | None
    originals: int
    """How many originals of the applicant the post keeps."""
    family: FamilyView | None
    """What is filed together with it, None for a request by itself."""
    consent: ConsentView | None
    """Whether the other parent consented, None where that is not asked."""
    authority: AuthorityView | None
    """By what right it was filed for somebody else, None for the applicant's own."""
    first: FirstView | None
    """How the first review ended, at the second one."""
    back: BackView | None
    """Why it was given back to its first review."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """Everything that the template shows."""

    case: Case
    head: Headline
    look: Look
    officer: str
    is_mine: bool
    may_take: bool
    may_accept: bool
    """Whether the service leaves it to this officer, and no refusal is proposed."""
    deciders: str
    """Who decides, where the service names somebody; empty for any officer."""
    may_refuse: bool
    may: frozenset[str]
    """What the reader may do, of what the state offers."""
    offers: frozenset[str]
    things: Sequence[ItemView]
    viewer: Viewer | None
    clock: Clock | None
    person: Sequence[tuple[str, Markup]]
    until_on: date | None
    history: Sequence[history.Line]
    may_waive: bool
    may_revoke_waiver: bool
    hand_over: str
    """Who may collect what lies ready, empty before."""
    may_take_money: bool
    beside: Beside
    lanes: Sequence[talk.Tab]
    words: Sequence[tuple[str, str]]
    """The canned answers that fit, (uid, title), for the notes of whoever judges."""
    correctable: Sequence[tuple[str, Markup]]
    """Key and title of the pages of answers in which the reader may mend a slip."""
    may_reopen: bool
    """Whether the reader may take back the end of the case."""
    unclean: Sequence[str]
    """The titles of papers whose files were not found clean, for which nothing is decided yet."""
    only_reviews: bool
    """Whether the reader makes second checks and reads, and does nothing else."""
    has_newer: bool
    """Whether its officer could move the request to a newer version of the service."""

    @property
    def state(self) -> tuple[str, str]:
        """Return the kind and the words of the state."""
        return wording.state(self.case)

    @property
    def language(self) -> str:
        """Return what the reader calls the citizen's language."""
        return i18n.language_said(self.case.language)

    @property
    def is_held(self) -> bool:
        """Return whether an officer has the case in hand."""
        return pace.is_held(self.case.assignee_id, self.case.lease_until, clock.now())

    @property
    def may_judge(self) -> bool:
        """Return whether the reader may decide items."""
        return self.is_mine and Action.ITEM_DECIDED.value in self.offers

    @property
    def is_proposal(self) -> bool:
        """Return whether what this officer refuses is looked at by a second one."""
        return Action.REFUSAL_PROPOSED.value in self.may

    @property
    def completes(self) -> bool:
        """Return whether the reader may ask for what the capital wants completed."""
        return self.may_judge and self.case.state is State.IN_PROGRESS

    @property
    def came_back(self) -> bool:
        """Return whether the papers came back from the capital and travel once more."""
        return self.beside.journey is not None and not self.beside.journey.is_out

    @property
    def checked(self) -> int:
        """Return how many items have a verdict."""
        return sum(item.is_judged for item in self.things)


def usual_deadline(zone: str | None = None) -> date:
    """Return until when a citizen has time who is asked today, at the current post or in a zone."""
    return clock.today(zone or catalogue.current_zone()) + timedelta(days=CORRECTION_DAYS)


def build(case: Case, actor: Actor, look: Look) -> ReviewPage:
    """Return the page of a case for one officer."""
    definition = cases.definition(case)
    standing = changing.standing(case)
    offers = competence.offers(standing, actor)
    is_mine = changing.is_holder(case, actor)
    may = {one for one in offers if changing.may_act(case, standing, one, actor)}
    decides = _decides(case, standing, offers, actor)
    beside = _beside(case, actor)
    return ReviewPage(
        case=case,
        head=headline.of(case),
        look=look,
        officer=queries.names_of_staff([case.assignee_id]).get(case.assignee_id or 0, ""),
        is_mine=is_mine,
        may_take=not is_mine and _may_take(case, standing, offers, actor, beside.first),
        may_accept=decides and Action.ACCEPTED in offers and not _is_refusal(beside.first),
        deciders=_deciders(changing.deciders_of(case, standing)),
        may_refuse=decides and not REFUSALS.isdisjoint(may),
        may=frozenset(action.value for action in may),
        offers=frozenset(action.value for action in offers),
        things=items.views(_sheet(case, definition, actor, look)),
        viewer=papers.view(case, definition, chosen=look.paper, page=look.page),
        clock=_clock(case, definition),
        person=_person(Details.from_json(case.person.details or {}), is_revealed=look.is_revealed),
        until_on=_mended_until(case),
        history=_history(case, definition),
        may_waive=Action.WAIVER_GRANTED in may and bool(bills.grantable(case)),
        may_revoke_waiver=Action.WAIVER_REVOKED in may and waiving.may_revoke(case, actor),
        hand_over=_hand_over(definition) if Action.HANDED_OVER in offers else "",
        may_take_money=actor.has_role(*TAKERS),
        beside=beside,
        lanes=talk.lanes(case, actor, "desk_case.show"),
        words=canned.offered(case) if is_mine and Action.ITEM_DECIDED in offers else (),
        correctable=_correctable(case, actor),
        may_reopen=reopening.may_reopen(case, actor),
        unclean=[papers.title_of(definition, one) for one in contents.unclean(case)],
        only_reviews=competence.only_reviews(actor),
        has_newer=is_mine and case.state is State.IN_REVIEW and bool(moving.find_newer(case)),
    )


def _may_take(
    case: Case,
    standing: Standing,
    offers: Collection[Action],
    actor: Actor,
    first: FirstView | None,
) -> bool:
    may = Action.TAKEN in offers and changing.may_decide(case, standing, Action.TAKEN, actor)
    return may and not (first is not None and first.is_own)


def _decides(case: Case, standing: Standing, offers: Collection[Action], actor: Actor) -> bool:
    """Return whether the service leaves the decision to the reader, whichever it is."""
    is_offered = not competence.DECISIONS.isdisjoint(offers)
    return is_offered and changing.may_decide(case, standing, Action.ACCEPTED, actor)


def _is_refusal(first: FirstView | None) -> bool:
    return first is not None and first.is_refusal


def _mended_until(case: Case) -> date | None:
    open_round = cases.find_open_round(case.id)
    return open_round.until_on if open_round else None


def _beside(case: Case, actor: Actor) -> Beside:
    return Beside(
        grounds=bills.grounds(case),
        waits_since=thread.waits_since(case.id, Side.STAFF),
        issued=issued.of(case, actor),
        money=payments.of(case),
        handed=handing.of(case) if case.state is State.COMPLETED else None,
        journey=consignments.journey_of(case),
        twins=duplicates.views(case, actor),
        appeal=appeals.find(case.id),
        originals=originals.count_held(case.id),
        family=families.of(case, actor),
        consent=consents.of(case, actor),
        authority=mandates.of(case),
        first=second.first_of(case, actor),
        back=second.back_of(case),
    )


def _correctable(case: Case, actor: Actor) -> list[tuple[str, Markup]]:
    if not correcting.may_correct_answers(case, actor):
        return []
    return [(page.key, text_of(page.title)) for page in contents.shown_pages(case)]


def _history(case: Case, definition: Definition) -> Sequence[history.Line]:
    """Return what happened to a case and to its documents, the newest first."""
    reasons = grounds.of(case.id)
    lines = history.lines(cases.list_events(case.id), definition, reasons)
    lines += duplicates.lines(case.id)
    if definition.issue_template is not None:
        lines += issued.lines(case.id)
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _hand_over(definition: Definition) -> str:
    if definition.by_proxy():
        return _(
            "To the applicant, or to somebody with their authority: check the authority and the"
            " identity of who comes."
        )
    return _("To the applicant in person, or for a child to the guardian.")


def _deciders(deciders: Sequence[Decider]) -> str:
    return i18n.listed(str(difference_words.DECIDERS[one]) for one in deciders)


def _sheet(case: Case, definition: Definition, actor: Actor, look: Look) -> items.Sheet:
    is_reviewed = case.state in {State.SUBMITTED, State.IN_REVIEW}
    others = {one.decided_by for one in case.items if is_reviewed} - {actor.id}
    return items.Sheet(
        case=case,
        definition=definition,
        today=clock.today(case.service.post.zone),
        officers=queries.names_of_staff(others),
        shown=look.paper,
        is_revealed=look.is_revealed,
        typed=look.typed or {},
    )


def _clock(case: Case, definition: Definition) -> Clock | None:
    if case.due_on is None or case.state not in rules.OPEN:
        return None
    today = clock.today(case.service.post.zone)
    calendar = timing.calendar_of(case, definition)
    promised = fees.days_of(definition, case.variant)
    since = case.waiting_since
    now = clock.local(since, case.service.post.zone).date() if since else today
    late = deadlines.overdue([case], today).get(case.id, 0)
    used = case.used_days
    return Clock(
        used=pace.used_days(promised, case.due_on, now, calendar) if used is None else used,
        promised=promised,
        due=wording.due(case, today, late),
        is_stopped=since is not None,
    )


def _person(details: Details, *, is_revealed: bool) -> list[tuple[str, Markup]]:
    """Return what is known of the person; identity numbers stay covered unless revealed."""
    show = str if is_revealed else masking.masked
    rows = [
        (_("Name in Arabic"), NAME.format(persons.arabic_name(details))),
        (_("Name as in the passport"), LTR.format(persons.latin_name(details))),
        (_("Name in Russian"), NAME.format(persons.russian_name(details))),
        (_("Mother"), NAME.format(persons.mother_name(details))),
        (_("Born"), Markup.escape(presenting.birth(details))),
        (_("Place of birth"), NAME.format(details.birth_place)),
        (_("National number"), LTR.format(show(details.national_number))),
        (_("Passport number"), LTR.format(show(details.passport_number))),
    ]
    return [(label, text) for label, text in rows if text.striptags()]
