"""What a household owes and has paid at once, person by person, in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from app.cases.family import queries as families
from app.cases.family.services import name_of
from app.cases.models import Case
from app.catalogue.bill_words import BillLine, BillView
from app.core import i18n
from app.core.actor import Actor
from app.payments import presenting, queries
from app.payments.models import Receipt
from app.payments.presenting import MoneyView
from app.payments.services import charging

_WHO = Markup('<bdi>{}</bdi> <bdi dir="ltr" class="j-code">{}</bdi>')


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One person of it: the request, and its amount in words."""

    reference: str
    name: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What several requests of a filing owe in one currency, to be paid in one act."""

    currency: str
    amount: str
    shares: Sequence[Share]

    @property
    def bill(self) -> BillView:
        """Return a line for each person, and the sum."""
        return BillView(
            lines=tuple(
                BillLine(
                    label=_WHO.format(one.name, one.reference),
                    basis=Markup(),
                    amount=one.amount,
                    is_waived=False,
                )
                for one in self.shares
            ),
            total=self.amount,
            orientations=(),
        )


def due(case: Case, actor: Actor) -> Together | None:
    """Return what is owed together with a case, None when not several of its filing owe."""
    found = owed(case, actor) if case.filing_id is not None else None
    return found if found is not None and len(found.shares) > 1 else None


def owed(case: Case, actor: Actor) -> Together | None:
    """Return what a filing owes to the post of a case, None for nothing."""
    members = [one for one in families.members_of(case, actor) if one.post_id == case.post_id]
    dues = charging.dues_of(members)
    currency = _currency(dues, dues.get(case.id, {}))
    owing = [(one, dues[one.id][currency]) for one in members if currency in dues[one.id]]
    if not owing:
        return None
    return Together(
        currency=currency,
        amount=i18n.money(sum(amount for _case, amount in owing), currency),
        shares=[
            Share(reference=one.reference, name=name_of(one), amount=i18n.money(amount, currency))
            for one, amount in owing
        ],
    )


def _currency(dues: Mapping[int, Mapping[str, int]], own: Mapping[str, int]) -> str:
    """Return the currency of the case itself, else the first in which another owes."""
    return next((code for one in (own, *dues.values()) for code in one), "")


def money(case: Case, together: Together | None, actor: Actor) -> MoneyView:
    """Return how a filing stands with its fee, as `presenting.of` says it of one case.

    Receipts are on the page of each request: a person's share is their own.
    """
    slips = queries.list_slips(families.ids_of(case, actor), case.filing_id)
    return MoneyView(
        status=presenting.TO_PAY if together else None,
        due=[(together.currency, together.amount)] if together else [],
        receipts=[],
        slips=[presenting.slip_view(one) for one in slips],
    )


def of_receipt(receipt: Receipt, actor: Actor) -> list[tuple[Share, list[BillLine]]]:
    """Return the persons whom a receipt names and whose requests the actor may see.

    Each with the lines that made the amount.
    """
    return [
        (
            Share(
                reference=line.case.reference,
                name=name_of(line.case),
                amount=i18n.money(line.amount, line.currency),
            ),
            presenting.lines_of(line.charge),
        )
        for line in queries.visible_lines_of(receipt, actor)
    ]
