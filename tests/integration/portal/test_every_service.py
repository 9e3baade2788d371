"""Every example service can be opened and checked page by page, whatever kinds it asks."""

import pytest
from flask import Flask

from app.accounts import queries as accounts
from app.cases import queries
from app.cases import services as cases
from app.cases.rules import State
from app.catalogue.example_files import FOLDER
from app.core.db import db, new_uid, transaction
from tests.factories import cases as factory
from tests.integration.portal.conftest import Citizen, case_of

SERVICES = sorted(
    name
    for path in (FOLDER / "services").glob("*.json")
    if factory.definition(name := path.stem).enabled
)


def begun(citizen: Citizen, code: str) -> str:
    """Return the reference of a draft of a service."""
    definition = factory.definition(code)
    with citizen.app.test_request_context(), transaction():
        if code != "pass_renew":
            factory.publish(definition)
        variants = [fee.variant for fee in definition.fees if fee.variant]
        case = cases.start(
            service_code=definition.code,
            person=accounts.get_person(citizen.account_id, citizen.person_uid),
            account=accounts.get_account(citizen.account_id),
            actor=factory.citizen(accounts.get_account(citizen.account_id)),
            language="ar",
            key=new_uid(),
            variant=variants[0] if variants else "regular",
        )
        return case.reference


@pytest.mark.parametrize("code", SERVICES)
def test_each_page_of_a_service_opens_and_refuses_to_be_empty(citizen: Citizen, code: str) -> None:
    reference = begun(citizen, code)

    for page in factory.definition(code).pages:
        shown = citizen.open(f"/requests/{reference}/page/{page.key}", "ar")
        assert shown.status == 200, (code, page.key)
        citizen.submit({}, "حفظ ومتابعة" if "حفظ ومتابعة" in shown.text else "Save and continue")
        assert citizen.page.status in (200, 422)
    assert citizen.open(f"/requests/{reference}/check").status == 200


def test_a_group_grows_keeps_what_was_typed_and_is_saved(citizen: Citizen) -> None:
    reference = begun(citizen, "cons_reg")
    group = next(f for f in factory.definition("cons_reg").pages[0].fields if f.fields)
    first = next(inner for inner in group.fields if inner.kind.value.startswith("name"))
    citizen.open(f"/requests/{reference}/page/{factory.definition('cons_reg').pages[0].key}")
    value = {"name_ar": "يمان", "name_latin": "Yaman", "name_ru": "Яман"}[first.kind.value]

    citizen.submit({f"{group.key}-0.{first.key}": value}, "Add another one")

    names = {e.get("name"): e.get("value") for e in citizen.page.root.iter("input")}
    assert names[f"{group.key}-0.{first.key}"] == value
    assert f"{group.key}-1.{first.key}" in names


def test_an_amount_keeps_its_currency(citizen: Citizen, app: Flask) -> None:
    reference = begun(citizen, "comm_inv")
    page = factory.definition("comm_inv").pages[0]
    amount = next(field for field in page.fields if field.kind.value == "money")
    citizen.open(f"/requests/{reference}/page/{page.key}")

    citizen.submit(
        {f"{amount.key}.amount": "١٢٣٤٫٥٠", f"{amount.key}.currency": "EUR"},
        "Save and finish later",
    )

    with app.app_context():
        case = case_of(app, reference)
        assert case.state is State.DRAFT
        assert queries.answers(case)[amount.key] == {"amount": 123450, "currency": "EUR"}
        db.session.rollback()
    again = citizen.open(f"/requests/{reference}/page/{page.key}")
    names = {e.get("name"): e.get("value") for e in again.root.iter("input")}
    assert names[f"{amount.key}.amount"] == "1234.50"
