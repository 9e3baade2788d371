"""What the kinds of questions are called, for whoever writes a service or compares two versions."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.catalogue.definition.elements import FieldKind

KINDS: Mapping[str, Any] = {
    FieldKind.SHORT_TEXT: _l("Short text"),
    FieldKind.LONG_TEXT: _l("Long text"),
    FieldKind.NUMBER: _l("Whole number"),
    FieldKind.MONEY: _l("Amount of money"),
    FieldKind.DATE: lazy_pgettext("kind of field", "Date"),
    FieldKind.YEAR_OR_DATE: _l("Date, or the year only"),
    FieldKind.YES_NO: _l("Yes or no"),
    FieldKind.CHOICE: _l("One answer of several"),
    FieldKind.CHOICES: _l("Several answers of several"),
    FieldKind.COUNTRY: lazy_pgettext("kind of field", "Country"),
    FieldKind.EMAIL: _l("E-mail address"),
    FieldKind.PHONE: _l("Phone number of any country"),
    FieldKind.NATIONAL_NUMBER: _l("National number"),
    FieldKind.DOCUMENT_NUMBER: _l("Number of a passport or identity card"),
    FieldKind.NAME_AR: _l("Name in Arabic letters"),
    FieldKind.NAME_LATIN: _l("Name in Latin letters, as in the passport"),
    FieldKind.NAME_RU: _l("Name in Russian letters"),
    FieldKind.ADDRESS: lazy_pgettext("kind of field", "Address"),
    FieldKind.DECLARATION: _l("Declaration to confirm"),
    FieldKind.INFORMATION: _l("Information without an answer"),
    FieldKind.FILE: _l("File to attach"),
    FieldKind.GROUP: _l("Group that repeats, such as children"),
}
"""By the value of the kind (Any: lazy strings)."""
