"""Carrying out what two of the post granted: one request in a transaction, the account at last."""

from app.core.db import transaction
from app.jobs import handlers
from app.jobs import services as jobs
from app.jobs.models import Job
from app.reporting.retention import erasing
from app.reporting.wishes import carrying_out, services


def register_jobs() -> None:
    """Have the worker carry out wishes."""
    handlers.register_slow(services.ERASE, carry_out)


def carry_out(job: Job) -> None:
    """Erase until nothing of the wish is left; what a dead worker left is found again."""
    while True:
        with transaction():
            files = carrying_out.erase_next(str(job.arguments["wish"]))
            if not jobs.go_on(job) or files is None:
                return
        erasing.remove_files(files)
