"""Today and the queue: what an officer opens in the morning, and where the next case comes from."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.accounts import queries as accounts
from app.accounts.rights import queries as rights
from app.appointments.missed import queries as missed
from app.cases import queue as case_queue
from app.cases import services as cases
from app.cases.consignments import queries as consignments
from app.cases.listing import QueuePage
from app.cases.models import Case
from app.cases.queue import Tab
from app.catalogue import queries as catalogue
from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.desk import queries, saved_views, talk, wording
from app.desk.queries import ViewName
from app.desk.queue_filters import QueueFilters, queue_url
from app.desk.queue_rows import Row, rows_of
from app.documents import queries as documents
from app.documents.rules import OVERDUE
from app.jobs import queries as jobs
from app.notifications import queries as notifications
from app.payments import queries as payments
from app.reporting.retention import queries as retention
from app.reporting.wishes import queries as wishes
from app.web import idempotency, navigation
from app.web.access import Audience, acting, staff
from app.web.forms import KeyedForm, fresh_key
from app.web.navigation import Place

PATH = "/desk"
bp = Blueprint("desk", __name__)

ROWS = 25
ROWS_TODAY = 8
REVIEWERS = (Role.OFFICER, Role.HEAD)
READERS = (*REVIEWERS, Role.SECOND_REVIEWER)
"""Who reads the requests of the post; what is done to one is its own question."""
AT_POST = tuple(role for role in Role if role is not Role.MINISTRY)
"""Who has to do with what waits at the post today."""
EVERYONE = tuple(Role)
WORDS = "desk_find"
"""Where the session keeps what was searched."""
FIGURE = Markup('<span class="j-doc__act"><bdi dir="ltr">{}</bdi></span>')
LINK = Markup('<a class="j-link j-doc__act" href="{}"><bdi dir="ltr">{}</bdi></a>')


@bp.get("")
@staff(*EVERYONE)
def today() -> ResponseReturnValue:
    """Show what waits for the reader today; whoever reads figures alone is led to them."""
    actor = acting()
    if not actor.has_role(*AT_POST):
        return redirect(url_for("figures.index"))
    day = clock.today(catalogue.current_zone())
    is_reviewer, is_reader = actor.has_role(*REVIEWERS), actor.has_role(*READERS)
    counts = _counts(actor, day)
    return render_template(
        "desk/today.html",
        day=day,
        is_reviewer=is_reviewer,
        is_reader=is_reader,
        facts=_facts(actor, counts),
        end_of_counts=wording.end_of_counts(counts.values()),
        mine=_rows(actor, Tab.MINE) if is_reader else [],
        second=_rows(actor, Tab.SECOND) if actor.has_role(Role.SECOND_REVIEWER) else None,
        late=_rows(actor, Tab.LATE) if is_reviewer else [],
        waiting=talk.waiting(actor, day) if is_reviewer else {},
        tabs=Tab,
        key=fresh_key(),
    )


def _counts(actor: Actor, day: date) -> dict[Tab, int]:
    """Return how much there is in those tabs that are among the figures of the day."""
    counts = case_queue.counts(post_of(actor), officer_id=actor.id or 0, today=day)
    tabs = (Tab.NEW, Tab.WAITING, Tab.SOON, Tab.LATE)
    mine = (Tab.SECOND,) if actor.has_role(Role.SECOND_REVIEWER) else ()
    return {tab: counts[tab] for tab in (*mine, *tabs)}


def _facts(actor: Actor, counts: Mapping[Tab, int]) -> list[tuple[str, str]]:
    """Return the figures of the day, each a link where the reader may open what it counts."""
    post_id, day = post_of(actor), clock.today(catalogue.current_zone())
    facts = [
        (str(wording.TABS[tab]), _figure(count, "desk.queue", tab=tab.value))
        for tab, count in counts.items()
    ]
    arrivals = queries.count_arrivals(post_id)
    slips = payments.count_waiting_slips(post_id)
    troubled = notifications.count_troubled(post_id)
    return [
        *facts,
        (_("Booked for today"), _figure(arrivals, "arrivals.index")),
        (_("Bank slips to check"), _figure(slips, "desk_slips.index")),
        (_("Messages to look after"), _figure(troubled, "staff_messages.show")),
        *_out_long(actor, day),
        *_objections(actor, post_id),
        *_going(actor, post_id),
        *_failed_work(),
        *_bad_files(actor),
        *_wishes(actor, post_id),
        *_rights(actor, post_id),
    ]


def _out_long(actor: Actor, day: date) -> list[tuple[str, str]]:
    """Return how many consignments are away for too long, to the head and if there are any."""
    if not actor.has_role(Role.HEAD):
        return []
    count = consignments.count_out_long(catalogue.get_current_post(), day)
    figure = _figure(count, "desk_consignment.index")
    return [(_("Consignments away for too long"), figure)] if count else []


def _failed_work() -> list[tuple[str, str]]:
    """Return how much work was given up, to whoever may have it run again and if there is any."""
    count = jobs.count_failed() if navigation.may_open("work_admin.show") else 0
    return [(_("Work that failed"), _figure(count, "work_admin.show"))] if count else []


def _bad_files(actor: Actor) -> list[tuple[str, str]]:
    """Return how many files wait for the scanner for too long or are damaged, to those who act."""
    if not actor.has_role(Role.HEAD, Role.ADMIN):
        return []
    waiting = documents.count_overdue(clock.now() - OVERDUE)
    counts = {
        _("Files that wait for the virus scanner"): waiting,
        _("Damaged files"): documents.count_damaged(),
    }
    return [
        (title, FIGURE.format(wording.counted(count))) for title, count in counts.items() if count
    ]


def _objections(actor: Actor, post_id: int) -> list[tuple[str, str]]:
    """Return how many objections about missed visits wait, to the head and if there are any."""
    count = missed.count_objections(post_id) if actor.has_role(Role.HEAD) else 0
    return [(_("Objections to decide"), _figure(count, "desk_missed.index"))] if count else []


def _going(actor: Actor, post_id: int) -> list[tuple[str, str]]:
    """Return how many requests are about to be removed, to the head and if there are any."""
    count = retention.count_going(post_id) if actor.has_role(Role.HEAD) else 0
    return (
        [(_("Requests about to be removed"), _figure(count, "desk_retention.index"))]
        if count
        else []
    )


def _rights(actor: Actor, post_id: int) -> list[tuple[str, str]]:
    """Return how much waits for the reader as a second admin, if there is any."""
    count = rights.count_to_agree(post_id, actor.id or 0) if actor.has_role(Role.ADMIN) else 0
    return [(_("Rights to agree to"), _figure(count, "rights_admin.index"))] if count else []


def _wishes(actor: Actor, post_id: int) -> list[tuple[str, str]]:
    """Return how many applications for erasure wait for an answer, if there are any."""
    count = wishes.count_undecided(post_id) if actor.has_role(*REVIEWERS) else 0
    return [(_("Applications for erasure"), _figure(count, "desk_erasure.index"))] if count else []


def _figure(count: int, endpoint: str, tab: str | None = None) -> str:
    """Return a count, linked to its page where there is one that the reader may open."""
    if not navigation.may_open(endpoint):
        return FIGURE.format(wording.counted(count))
    return LINK.format(url_for(endpoint, tab=tab), wording.counted(count))


def _rows(actor: Actor, tab: Tab) -> list[Row]:
    day = clock.today(catalogue.current_zone())
    page = case_queue.queue_page(
        post_of(actor), tab=tab, officer_id=actor.id or 0, today=day, limit=ROWS_TODAY
    )
    return prepared(page)


def prepared(page: QueuePage, known: Sequence[queries.StaffName] = ()) -> list[Row]:
    officers = queries.names_of_staff((case.assignee_id for case in page.cases), known)
    return rows_of(page.cases, officers=officers, today=clock.today(catalogue.current_zone()))


@bp.get("/queue")
@staff(*READERS)
def queue() -> ResponseReturnValue:
    """Show the cases of the post by tab, narrowed down by what the address says."""
    actor = acting()
    post_id, day = post_of(actor), clock.today(catalogue.current_zone())
    choices = queries.list_choices(post_id, staff_id=actor.id or 0)
    is_reviewer = actor.has_role(*REVIEWERS)
    chosen = QueueFilters.read(request.args, choices, first=Tab.NEW if is_reviewer else Tab.SECOND)
    words = applicant_words()
    applicant = accounts.has_words(words, Case.person_id)
    page = case_queue.queue_page(
        post_id,
        tab=chosen.tab,
        officer_id=actor.id or 0,
        today=day,
        after=chosen.after,
        filters=chosen.narrowed(catalogue.current_zone(), applicant),
        order=chosen.in_front,
        limit=ROWS,
    )
    counts = case_queue.counts(post_id, officer_id=actor.id or 0, today=day)
    return render_template(
        "desk/queue.html",
        chosen=chosen,
        is_reviewer=is_reviewer,
        choices=choices,
        views=_views(choices.views, actor, chosen),
        applicant=words if chosen.has_applicant else "",
        rows=prepared(page, choices.officers),
        tabs=chosen.tabs(counts),
        end_of_counts=wording.end_of_counts(counts.values()),
        next_url=chosen.url(after=page.after) if page.after else "",
        first_url=chosen.url() if chosen.after else "",
        key=fresh_key(),
    )


def _views(
    views: Sequence[ViewName], actor: Actor, chosen: QueueFilters
) -> list[tuple[str, str, bool, str]]:
    """Return address, name, whether it is open now, and its uid where it may be removed."""
    return [
        (
            queue_url(view.look, view=view.uid),
            view.name,
            view.uid == chosen.view,
            view.uid if saved_views.may_remove(view, actor) else "",
        )
        for view in views
    ]


def applicant_words() -> str:
    """Return what this session searched for last; a name does not belong into an address."""
    return str(session.get(WORDS, ""))


@bp.post("/next")
@staff(*READERS)
def take_next() -> ResponseReturnValue:
    """Take the case that is due first of those that nobody has."""
    form = KeyedForm()
    if not form.validate_on_submit():
        abort(400)
    key = form.idempotency_key()
    return redirect(idempotency.once(key, partial(_take_next, acting(), key)))


def _take_next(actor: Actor, key: str) -> str:
    case = cases.take_next(post_of(actor), actor=actor, key=key)
    if case is None:
        flash(_("Nobody waits: every request has its officer."))
        return url_for(".queue")
    return url_for("desk_case.show", reference=case.reference)


def post_of(actor: Actor) -> int:
    """Return the post of a member of staff; NotFound for somebody of none."""
    if actor.post_id is None:
        raise NotFound()
    return actor.post_id


navigation.enter(Place.HEAD, Audience.STAFF, 10, "desk.today", _l("Today"), roles=AT_POST)
navigation.enter(Place.HEAD, Audience.STAFF, 20, "desk.queue", _l("Requests"))
