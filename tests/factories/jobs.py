"""Jobs as they are stored."""

from sqlalchemy import select

from app.core.db import db
from app.jobs.models import Job


def find_job(dedupe: str) -> Job | None:
    """Return the job with a dedupe key, whatever became of it."""
    return db.session.scalar(select(Job).where(Job.dedupe_key == dedupe))
