"""Plays the worker of the past: what was due then is done then, and no mail goes out again."""

from datetime import datetime, timedelta

from sqlalchemy import select

from app.cases import bulk
from app.cases.consignments import manifest
from app.core import clock
from app.core.db import db
from app.demo.story.papers import Cabinet
from app.documents import queries as document_queries
from app.documents import services as documents
from app.jobs import handlers
from app.jobs import queries as job_queries
from app.jobs import services as jobs
from app.jobs.models import Job
from app.notifications import delivery
from app.notifications import queries as message_queries
from app.notifications import services as notifications
from app.notifications.models import Channel, Message
from app.notifications.rules import Provider, Reply, Result

READ_AFTER = timedelta(hours=5)
SERVER = Provider(name="smtp")
UNREAD_SINCE = timedelta(days=4)
"""News of the last days has not been read yet."""


def catch_up(cabinet: Cabinet) -> None:
    """Do what is due until now, each thing at its own time, and count the mail as accepted."""
    while job_queries.has_due(clock.now()):
        _carry_out_next(cabinet)
    while message_queries.has_work(Channel.EMAIL, clock.now()):
        _accept_mail()


def _carry_out_next(cabinet: Cabinet) -> None:
    claimed = jobs.claim(clock.now())
    if claimed is None:
        return
    job = jobs.lock(claimed) if isinstance(claimed, jobs.Claim) else None
    if job is None:
        raise LookupError(f"job {claimed.id} was not claimed")
    with clock.pretend(job.due_at):
        if job.kind == documents.CHECK:
            _look_at(job, cabinet)
        elif job.kind in _SLOW:
            _SLOW[job.kind](job)
        else:
            handlers.get(job.kind).run(job)
        jobs.complete(job)
        db.session.flush()


def _look_at(job: Job, cabinet: Cabinet) -> None:
    document = document_queries.get_document(job.arguments["document"])
    outcome = documents.store_pages(document, cabinet.images_of(document.sha256))
    documents.conclude(document.uid, outcome)


def _make_manifest(job: Job) -> None:
    uid = str(job.arguments["consignment"])
    manifest.keep(uid, manifest.typeset(uid))


def _go_through(job: Job) -> None:
    """Do what was begun for many requests, in the one transaction of the story."""
    uid = str(job.arguments["run"])
    while bulk.do_next(uid):
        db.session.flush()


_SLOW = {manifest.MAKE: _make_manifest, bulk.JOB: _go_through}
"""What opens transactions of its own when it is not a story."""


def _accept_mail() -> None:
    claim = delivery.claim(Channel.EMAIL, clock.now())
    marked = delivery.mark(claim.id, claim.fence, SERVER) if claim else None
    if claim is not None and marked is not None:
        reply = Reply(result=Result.ACCEPTED)
        delivery.record(claim.id, claim.fence, marked.number, reply)
    db.session.flush()


def read_old_news(now: datetime) -> None:
    """Have the citizens read what they were told some days ago."""
    old = db.session.scalars(
        select(Message).where(
            Message.channel == Channel.PORTAL,
            Message.account_id.is_not(None),
            Message.created_at < now - UNREAD_SINCE,
        )
    ).all()
    for message in old:
        with clock.pretend(message.created_at + READ_AFTER):
            notifications.mark_read(message.account_id or 0, message.uid)
