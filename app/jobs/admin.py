"""For admins: work that was given up, and running it again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actor import Role
from app.core.errors import Conflict
from app.jobs import queries, services, wording
from app.jobs.models import Job
from app.web import idempotency
from app.web.access import acting, staff
from app.web.forms import KeyedForm

PATH = "/admin/work"
bp = Blueprint("work_admin", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A job as it stands in the list; whom it is about is not shown."""

    uid: str
    kind: Any
    """A lazy string (Any: it has no public type)."""
    error: str
    """The name of what was raised, unless `reason` has words for it."""
    reason: Any
    attempts: int
    at: datetime


@bp.get("")
@staff(Role.ADMIN)
def show() -> ResponseReturnValue:
    """List the work that was given up, the newest first."""
    cursor = request.args.get("before")
    found = queries.list_failed(before=queries.get_job(cursor).id if cursor else None)
    shown = found[: queries.PAGE]
    return render_template(
        "jobs/failed.html",
        rows=[_row(job) for job in shown],
        older=shown[-1].uid if len(found) > queries.PAGE else "",
        newest=cursor is None,
        form=KeyedForm(formdata=None),
    )


@bp.post("/<uid>/run-again")
@staff(Role.ADMIN)
def run_again(uid: str) -> ResponseReturnValue:
    """Have a job run again, once."""
    form, actor, target = KeyedForm(), acting(), url_for(".show")
    if not form.validate_on_submit():
        abort(400)

    def effect() -> str:
        services.run_again(uid, actor=actor)
        flash(_("It is run again."), "success")
        return target

    try:
        return redirect(idempotency.once(form.content_key(), effect))
    except Conflict as refusal:
        flash(refusal.sentence(), "error")
        return redirect(target)


def _row(job: Job) -> Row:
    return Row(
        uid=job.uid,
        kind=wording.KINDS.get(job.kind, job.kind),
        error=job.last_error or "",
        reason=wording.ERRORS.get(job.last_error or "", ""),
        attempts=job.attempts,
        at=job.ended_at or job.due_at,
    )
