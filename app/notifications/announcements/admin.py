"""Staff write to a group: a draft, its preview and count, a colleague's approval, the progress."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.accounts import step_up
from app.core import i18n
from app.core.actor import Role
from app.core.errors import Conflict, Invalid, InvalidTransition, NotAllowed
from app.notifications.announcements import presenting, queries, rules, services
from app.notifications.announcements.forms import AnnouncementForm, SeenForm
from app.notifications.announcements.models import Announcement, AnnouncementState
from app.notifications.announcements.rules import Step
from app.web import idempotency, typed_texts
from app.web.access import acting, staff

PATH = "/admin/announcements"
bp = Blueprint("announcement_admin", __name__)

MAY = (Role.HEAD, Role.ADMIN)
Typed = dict[str, tuple[dict[str, str], dict[str, str]]]
"""Title and text: by language what was typed, and what is wrong with it."""


@bp.get("")
@staff(*MAY)
def index() -> ResponseReturnValue:
    """List the announcements of the post, the newest first."""
    cursor = request.args.get("before")
    before = _get(cursor).id if cursor else None
    found = queries.list_of_post(_post_id(), before=before)
    shown = found[: queries.PAGE]
    return render_template(
        "announcements/index.html",
        rows=shown,
        present=presenting,
        older=shown[-1].uid if len(found) > queries.PAGE else "",
        newest=cursor is None,
    )


@bp.route("/new", methods=["GET", "POST"])
@staff(*MAY)
def write() -> ResponseReturnValue:
    """Write a new announcement; it is a draft until somebody proposes it."""
    form = AnnouncementForm()
    form.offer(_post_id())
    return _edit(form, None)


@bp.route("/<uid>/edit", methods=["GET", "POST"])
@staff(*MAY)
def edit(uid: str) -> ResponseReturnValue:
    """Change a draft."""
    row, form = _get(uid), AnnouncementForm()
    if row.state is not AnnouncementState.DRAFT:
        return redirect(url_for(".show", uid=uid))
    form.offer(row.post_id)
    if not form.is_submitted():
        form.fill(row)
    return _edit(form, row)


def _edit(form: AnnouncementForm, row: Announcement | None) -> ResponseReturnValue:
    typed = _typed(form, row)
    is_whole = form.validate_on_submit() and not form.lacks()
    if not is_whole or any(errors for _texts, errors in typed.values()):
        return _edit_page(form, row, typed)
    written = services.Written(
        audience=form.audience.data,
        narrowed_to=form.narrowed_to(),
        title=typed["title"][0],
        text=typed["text"][0],
    )

    def effect() -> str:
        if row is None:
            return url_for(".show", uid=services.write(_post_id(), written, actor=acting()).uid)
        services.rewrite(row, written, actor=acting(), seen=form.seen_version())
        return url_for(".show", uid=row.uid)

    try:
        return redirect(idempotency.once(form.content_key(), effect))
    except Invalid as refusal:
        name, _dash, language = refusal.field.partition("-")
        if language and name in typed:
            typed[name][1][language] = refusal.sentence()
        else:
            form.blame(refusal)
    except InvalidTransition as refusal:
        form.form_errors = [refusal.sentence()]
    except Conflict as refusal:
        form.form_errors = [refusal.sentence()]
        return _beside_the_other(form, row, typed)
    return _edit_page(form, row, typed)


def _beside_the_other(
    form: AnnouncementForm, row: Announcement | None, typed: Typed
) -> ResponseReturnValue:
    """Show what was typed and what a colleague saved meanwhile, so that either can be chosen."""
    if row is None:
        return _edit_page(form, row, typed)
    row = _get(row.uid)
    form.seen.data = str(row.version)
    other = [(code, (row.title.get(code), row.text.get(code))) for code in i18n.LANGUAGES]
    return _edit_page(form, row, typed, other=other)


def _typed(form: AnnouncementForm, row: Announcement | None) -> Typed:
    if not form.is_submitted():
        title, text = (row.title, row.text) if row else ({}, {})
        return {"title": (dict(title), {}), "text": (dict(text), {})}
    return {
        "title": typed_texts.read("title", required=i18n.LANGUAGES, longest=rules.LONGEST_TITLE),
        "text": typed_texts.read_lines("text", required=i18n.LANGUAGES, longest=rules.LONGEST_TEXT),
    }


def _edit_page(
    form: AnnouncementForm,
    row: Announcement | None,
    typed: Typed,
    *,
    other: Sequence[tuple[str, tuple[str | None, ...]]] = (),
) -> ResponseReturnValue:
    failed = [
        (f"{name}-{code}", said)
        for name, (_texts, errors) in typed.items()
        for code, said in errors.items()
    ]
    page = render_template(
        "announcements/edit.html",
        form=form,
        row=row,
        typed=typed,
        states={name: typed_texts.states(texts) for name, (texts, _errors) in typed.items()},
        failed=failed,
        other=other,
    )
    return page, 422 if form.errors or failed else 200


@bp.get("/<uid>")
@staff(*MAY)
def show(uid: str) -> ResponseReturnValue:
    """Show what will be read in each language, by how many, and how far it has come."""
    row = _get(uid)
    is_open = row.state in (AnnouncementState.DRAFT, AnnouncementState.PROPOSED)
    return render_template(
        "announcements/show.html",
        row=row,
        present=presenting,
        group=presenting.group_of(row),
        count=queries.count_accounts(row) if is_open else row.total,
        figures=[] if is_open else presenting.figures_of(row),
        is_draft=row.state is AnnouncementState.DRAFT,
        is_proposed=row.state is AnnouncementState.PROPOSED,
        is_sending=row.state is AnnouncementState.SENDING,
        is_open=is_open,
        may_approve=rules.may_approve(author_id=row.author_id, staff_id=acting().id),
        may_stop=rules.after(row.state, Step.STOP) is not None,
        names=_names(row),
        form=SeenForm(formdata=None, seen=str(row.version)),
    )


@bp.post("/<uid>/<any(propose,approve,send_back,drop,stop):step>")
@staff(*MAY)
def take_step(uid: str, step: str) -> ResponseReturnValue:
    """Propose, approve, send back, give up or stop an announcement."""
    row, form, target = _get(uid), SeenForm(), url_for(".show", uid=uid)
    if not form.validate():
        abort(400)
    if step == Step.APPROVE and not step_up.is_fresh(acting()):
        flash(_("Please give your second factor again, and then approve it."))
        return redirect(url_for("staff_accounts.confirm", next=target))

    def effect() -> str:
        services.take_step(row, Step(step), actor=acting(), seen=form.seen_version())
        return target

    try:
        idempotency.once(form.content_key(), effect)
    except (Conflict, InvalidTransition, NotAllowed) as refusal:
        flash(refusal.sentence(), "error")
    else:
        flash(str(presenting.DONE[Step(step)]), "success")
    return redirect(target)


def _post_id() -> int:
    post_id = acting().post_id
    if post_id is None:
        abort(404)
    return post_id


def _get(uid: str) -> Announcement:
    return queries.get_of_post(acting().post_id, uid)


def _names(row: Announcement) -> dict[str, Any]:
    """Return who wrote and who approved it (Any: empty for nobody yet)."""
    approved_by = accounts.get_staff(row.approved_by_id) if row.approved_by_id else None
    return {
        "author": i18n.text_in(accounts.get_staff(row.author_id).name),
        "approved_by": i18n.text_in(approved_by.name) if approved_by else "",
    }
