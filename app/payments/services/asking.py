"""Asking for a fee: at once for one request, once for all of a filing that come to it together."""

from datetime import timedelta

from sqlalchemy import select

from app.cases import changing, telling
from app.cases import queries as cases
from app.cases.family import queries as families
from app.cases.models import Case
from app.core import clock
from app.core.actor import SYSTEM
from app.core.crypto import keyed_hash
from app.core.db import db
from app.jobs import services as jobs
from app.jobs.models import Job
from app.payments import queries, rules
from app.payments.models import Charge
from app.payments.rules import ChargeState

ASK = "payments.ask"
PATIENCE = timedelta(minutes=5)
"""So long the others of a filing are waited for, which are mostly accepted one after another."""


def ask(case: Case, charge: Charge) -> None:
    """Tell the citizen that a fee is due; of what was filed together only after a moment."""
    if case.filing_id is None:
        telling.send(case, "payment_due", dedupe=f"charge/{charge.uid}")
        return
    jobs.schedule(
        ASK,
        dedupe=f"ask/{charge.uid}",
        due_at=clock.now() + PATIENCE,
        arguments={"charge": charge.uid},
    )


def ask_together(job: Job) -> None:
    """Tell of all that a filing is to pay by now in one message, unless it was told of just that.

    Nothing when the fee that was waited with is paid or let go by now.
    """
    charge = db.session.scalar(select(Charge).where(Charge.uid == str(job.arguments["charge"])))
    if charge is None or charge.state is not ChargeState.DUE:
        return
    owing = _owing(cases.get_by_id(charge.case_id))
    if charge.case_id not in {one.case_id for one in owing}:
        return
    first, *others = [cases.get_by_id(one.case_id) for one in owing]
    # The same fees in whatever order make one name, so that each of them asks but one is told.
    name = keyed_hash("charges", ".".join(sorted(one.uid for one in owing)))
    telling.send(first, "payment_due", dedupe=f"charges/{name}", others=others)


def _owing(case: Case) -> list[Charge]:
    """Return the fee of each case of a filing that waits for its money, in the order of these."""
    members = families.members_of(case, SYSTEM)
    waiting = [one.id for one in members if rules.is_at_payment(changing.standing(one))]
    live = queries.live_charges_of(waiting)
    due = ([one for one in live.get(key, []) if one.state is ChargeState.DUE] for key in waiting)
    return [charges[0] for charges in due if charges]
