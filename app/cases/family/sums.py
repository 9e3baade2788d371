"""What a filing costs in all: a line for each person, and one sum."""

from collections import Counter
from collections.abc import Sequence

from flask_babel import gettext as _
from markupsafe import Markup

from app.cases import bills
from app.cases.family.services import name_of
from app.cases.models import Case
from app.cases.rules import BROKEN_OFF
from app.catalogue import presenting
from app.catalogue.bill_words import BillLine, BillView

NAME = Markup("<bdi>{}</bdi>")


def together(cases: Sequence[Case]) -> BillView:
    """Return the bill of cases that are filed together, without those that were broken off.

    A sum of which a part is not known yet is not known.
    """
    due = [(case, bills.bill_of(case)) for case in cases if case.state not in BROKEN_OFF]
    total: Counter[str] = Counter()
    for _case, bill in due:
        total.update(bill.total)
    is_covered = all(bill.is_covered for _case, bill in due)
    said = presenting.amounts_in_words(total) or _("free of charge")
    return BillView(
        lines=tuple(
            BillLine(
                label=NAME.format(name_of(case)),
                basis=Markup(),
                amount=presenting.total_in_words(bill),
                is_waived=False,
            )
            for case, bill in due
        ),
        total=said if is_covered else _("to be confirmed by the post"),
        orientations=(),
    )
