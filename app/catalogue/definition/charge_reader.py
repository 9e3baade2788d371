"""Reads the fees, add-ons and waivers of a service file."""

import re

from app.catalogue.definition.charges import AddOn, Fee, Waiver
from app.catalogue.definition.form_reader import read_condition, read_required_condition
from app.catalogue.definition.problems import ProblemCode
from app.catalogue.definition.reader import Reader

CURRENCY = re.compile(r"[A-Z]{3}")
MOST_TARGET_DAYS = 1000


def read_fee(reader: Reader) -> Fee:
    """Return one dated fee line."""
    return Fee(
        key=reader.key(),
        variant=reader.optional_key("variant"),
        label=reader.text("label"),
        amount=reader.integer("amount", least=0),
        currency=_currency(reader),
        category=reader.key("category"),
        valid_from=reader.day("valid_from"),
        valid_to=reader.optional_day("valid_to"),
        legal_basis=reader.text("legal_basis"),
        target_days=reader.optional_integer("target_days", least=0, most=MOST_TARGET_DAYS),
    )


def read_add_on(reader: Reader) -> AddOn:
    """Return one line that a condition adds."""
    return AddOn(
        key=reader.key(),
        when=read_required_condition(reader, "when"),
        label=reader.text("label"),
        amount=reader.integer("amount", least=0),
        currency=_currency(reader),
        valid_from=reader.day("valid_from"),
        valid_to=reader.optional_day("valid_to"),
        legal_basis=reader.text("legal_basis"),
    )


def read_waiver(reader: Reader) -> Waiver:
    """Return one ground on which less is due."""
    return Waiver(
        key=reader.key(),
        label=reader.text("label"),
        percent=reader.integer("percent", least=1, most=100),
        when=read_condition(reader, "when"),
        by_officer=reader.boolean("by_officer", default=False),
        with_add_ons=reader.boolean("with_add_ons", default=False),
        valid_from=reader.day("valid_from"),
        valid_to=reader.optional_day("valid_to"),
        legal_basis=reader.text("legal_basis"),
    )


def _currency(reader: Reader) -> str:
    return reader.matching("currency", CURRENCY, ProblemCode.NOT_ALLOWED)
