"""The payment provider over real HTTP: led there, called back, told again, late, and forged."""

import dataclasses
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.cases import changing
from app.cases import queries as cases
from app.cases import services as case_services
from app.core import callbacks, clock
from app.core.actor import SYSTEM, Role
from app.core.db import db, new_uid, transaction
from app.payments import queries
from app.payments.models import OnlinePayment
from app.payments.providers import AT, SIGNATURE, Word
from app.payments.rules import Method, OnlineState
from app.payments.services import online
from tests import servers
from tests.factories import cases as factory
from tests.factories import families, money, people
from tests.integration.desk.conftest import officer_at
from tests.integration.payments import provider
from tests.integration.payments.provider import SECRET, Bank
from tests.integration.portal.conftest import Citizen, make_citizen


@dataclass
class Site:
    """The app on a port of its own, with a provider, and a citizen who owes a fee."""

    app: Flask
    bank: Bank
    citizen: Citizen
    reference: str

    def begin(self) -> str:
        """Press the button; return where the citizen is led."""
        self.citizen.open(f"/requests/{self.reference}/payment")
        self.citizen.submit({}, "Pay online")
        return self.citizen.page.link("Go on to the payment provider")

    def go(self) -> None:
        """Go there, and open the page to which the provider leads back."""
        address = self.begin()
        with provider.NO_PROXY.open(address, timeout=30) as page:
            page.read()
        self.citizen.visitor.open(urlsplit(self.bank.asked[-1]["back"]).path)

    def receipts(self) -> list[tuple[int, Method]]:
        """Return number and method of the receipts of the request."""
        with self.app.app_context():
            found = queries.list_receipts(cases.get_id(self.reference, SYSTEM))
            return [(one.number, one.method) for one in found]

    def order(self) -> dict[str, str]:
        """Begin a payment without going there; return what the provider would read."""
        address = self.begin()
        pairs = [pair.split("=", 1) for pair in urlsplit(address).query.split("&")]
        base = self.app.config["SETTINGS"].base_url
        return dict(pairs) | {"notify": f"{base}/payments/callback/test"}


@pytest.fixture
def site(racing_app: Flask) -> Iterator[Site]:
    with servers.served(racing_app) as port, provider.running() as bank:
        racing_app.config["SETTINGS"] = dataclasses.replace(
            racing_app.config["SETTINGS"],
            base_url=f"http://127.0.0.1:{port}",
            payment_provider="test",
            payment_url=bank.url,
            payment_secret=SECRET,
        )
        racing_app.config["TRUSTED_HOSTS"] = ["localhost", "127.0.0.1"]
        with racing_app.app_context(), transaction():
            money.publish(path=("review", "payment", "hand_over"))
        citizen = make_citizen(racing_app)
        yield Site(racing_app, bank, citizen, citizen.make("accepted"))


def test_a_citizen_is_led_there_pays_and_comes_back(site: Site) -> None:
    site.go()

    assert site.bank.answers == [204]
    assert "Your payment has arrived" in site.citizen.page.text
    assert site.receipts() == [(1, Method.ONLINE)]
    page = site.citizen.open(f"/requests/{site.reference}/payment")
    assert "Paid" in page.text and "Pay online" not in page.text
    with site.app.app_context():
        assert cases.get_case(site.reference, SYSTEM).state.value == "ready"


def test_who_comes_back_before_the_callback_is_asked_to_wait(site: Site) -> None:
    site.bank.is_silent = True
    site.go()
    assert "do not pay twice" in site.citizen.page.text and site.receipts() == []

    site.bank.call(site.bank.asked[0])

    assert "Your payment has arrived" in site.citizen.visitor.open(site.citizen.page.url).text


def test_the_same_word_again_changes_nothing(site: Site) -> None:
    site.go()

    again = [site.bank.call(site.bank.asked[0]) for _ in range(3)]

    assert again == [204, 204, 204] and site.receipts() == [(1, Method.ONLINE)]


def test_many_callbacks_at_once_give_one_receipt(site: Site) -> None:
    order = site.order()
    threads = [threading.Thread(target=site.bank.call, args=(order,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert site.bank.answers == [204] * 6 and site.receipts() == [(1, Method.ONLINE)]


def test_pressed_twice_it_is_one_payment(site: Site) -> None:
    first, second = site.order(), site.order()

    assert first["payment"] == second["payment"]


def test_a_payment_that_is_not_known_yet_is_asked_for_again(site: Site) -> None:
    assert site.bank.call(site.order(), payment="0" * 32) == 409
    assert site.receipts() == []


def test_what_failed_can_be_tried_again(site: Site) -> None:
    site.bank.status = "failed"
    site.go()
    assert "was not made" in site.citizen.page.text and site.receipts() == []
    site.bank.status = "paid"

    site.go()

    assert site.receipts() == [(1, Method.ONLINE)]


@pytest.mark.parametrize("how", ["paid at the counter", "withdrawn", "another amount"])
def test_late_money_is_kept_in_a_list_and_gives_no_receipt(site: Site, how: str) -> None:
    order = site.order()
    with site.app.app_context(), transaction():
        case = changing.lock(cases.get_id(site.reference, SYSTEM))
        if how == "paid at the counter":
            money.paid(case, money.cashier())
        if how == "withdrawn":
            actor = factory.citizen(people.only_account())
            case_services.withdraw(site.reference, actor=actor, seen=case.version, key=new_uid())
    before = site.receipts()
    amount = 1 if how == "another amount" else money.FEE

    answers = [site.bank.call(order, amount=amount) for _ in range(2)]

    assert answers == [204, 204] and site.receipts() == before
    with site.app.app_context():
        (stray,) = queries.list_stray(people.post().id)
        assert isinstance(stray, OnlinePayment) and stray.uid == order["payment"]
        assert stray.received == (amount, "USD")


@pytest.mark.parametrize("currency", ["USD", "EUR"])
def test_stray_money_is_listed_and_logged_as_it_came(
    site: Site, caplog: pytest.LogCaptureFixture, currency: str
) -> None:
    order = site.order()
    amount = 5000 if currency == "USD" else money.FEE
    assert site.bank.call(order, amount=amount, currency=currency) == 204

    page = people.staff_visitor(site.app, Role.CASHIER).open("/en/desk/payments")
    said = page.text.partition("Money to be given back")[2]
    assert ("50 US dollars" if currency == "USD" else "200 euros") in said
    assert "200 US dollars" not in said
    assert "money came in another amount than is due" in caplog.messages
    assert "money came for which nothing is due" not in caplog.messages


def test_a_household_pays_online_in_one_act(site: Site) -> None:
    with site.app.test_request_context(), transaction():
        money.publish(path=("review", "hand_over"))
        account = people.only_account()
        references = [one.reference for one in families.submitted(account, 3)]
    site.citizen.open(f"/requests/{references[0]}/payment")
    site.citizen.visitor.follow("Pay for all of them at once")
    assert site.citizen.page.text.count("200 US dollars") == 3
    assert "600 US dollars" in site.citizen.page.text

    site.citizen.submit({}, "Pay online")
    address = site.citizen.page.link("Go on to the payment provider")
    with provider.NO_PROXY.open(address, timeout=30) as page:
        page.read()

    assert site.bank.asked[-1]["amount"] == str(3 * money.FEE) and site.bank.answers == [204]
    with site.app.app_context():
        receipts = [queries.list_receipts(cases.get_id(one, SYSTEM)) for one in references]
        assert [(one.number, one.line) for (one,) in receipts] == [(1, 1), (1, 2), (1, 3)]
    shown = site.citizen.open(f"/requests/{references[2]}/payment")
    assert "A share of one receipt for several persons, 600 US dollars in all" in shown.text


def test_money_of_a_household_of_which_one_paid_meanwhile_is_stray(site: Site) -> None:
    with site.app.test_request_context(), transaction():
        money.publish(path=("review", "hand_over"))
        family = families.submitted(people.only_account())
        payment = online.begin_together(
            family[0].reference,
            "USD",
            provider="test",
            actor=factory.citizen(people.only_account()),
        )
        money.paid(family[1], money.cashier())
        word = Word(uid=payment.uid, is_paid=True, amount=2 * money.FEE, currency="USD")

        settled = online.settle(word, provider="test")

        assert settled.state is OnlineState.STRAY
        assert queries.list_receipts(family[0].id) == []


def test_stray_money_is_given_back_once_and_stands_in_the_report(site: Site) -> None:
    order = site.order()
    with site.app.app_context(), transaction():
        money.paid(changing.lock(cases.get_id(site.reference, SYSTEM)), money.cashier())
    site.bank.call(order)
    cashier = officer_at(site.app, Role.CASHIER)
    cashier.visitor.open("/en/desk/payments")
    cashier.visitor.follow("Given back")
    address = cashier.visitor.page.url
    empty = cashier.visitor.submit({"reason": " "}, button="It was given back")
    assert empty.status == 422 and len(empty.errors) == 1

    cashier.visitor.submit({"reason": "أُعيد إلى البطاقة"}, button="It was given back")

    assert "Money to be given back" not in cashier.visitor.page.text
    report = cashier.visitor.open("/en/desk/payments/cash")
    assert "أُعيد إلى البطاقة" in report.text and site.reference in report.text
    assert cashier.visitor.open(address).url == "/en/desk/payments"
    told = site.citizen.open(f"/requests/{site.reference}/payment/{order['payment']}")
    assert "has given it back" in told.text
    with site.app.app_context():
        actions = db.session.scalars(select(AuditEntry.action))
        assert list(actions).count("online_payment_returned") == 1
    site.bank.call(order)
    with site.app.app_context():
        assert queries.list_stray(people.post().id) == []
    assert (
        officer_at(site.app, Role.CASHIER, post="kazan", prefix="JK").visitor.open(address).status
        == 404
    )


def test_a_forged_call_learns_and_changes_nothing(site: Site) -> None:
    order = site.order()
    notify, at = order["notify"], int(clock.now().timestamp())
    body = json.dumps(
        {"payment": order["payment"], "status": "paid", "amount": money.FEE, "currency": "USD"}
    ).encode()
    right = callbacks.sign(SECRET, at, body)
    old = at - 3600
    unknown = body.replace(order["payment"].encode(), b"0" * 32)
    odd = body.replace(b"USD", b"USDX")
    tries = [
        (body, {}),
        (body, {AT: str(at)}),
        (body, {AT: str(at), SIGNATURE: "0" * 64}),
        (body, {AT: str(at), SIGNATURE: callbacks.sign("guessed", at, body)}),
        (body.replace(b"20000", b"1"), {AT: str(at), SIGNATURE: right}),
        (body, {AT: str(old), SIGNATURE: callbacks.sign(SECRET, old, body)}),
        (unknown, {AT: str(at), SIGNATURE: right}),
        (b"", {}),
        (b"not json", {AT: str(at), SIGNATURE: callbacks.sign(SECRET, at, b"not json")}),
        (b"x" * 20_000, {}),
        (odd, {AT: str(at), SIGNATURE: callbacks.sign(SECRET, at, odd)}),
    ]

    answers = [provider.answer_to(notify, content, headers) for content, headers in tries]
    other = provider.answer_to(notify.replace("test", "other"), body, {})

    assert {status for status, _body in answers} == {404}
    assert other[0] == 404
    assert len({len(said) for _status, said in answers} | {len(other[1])}) == 1
    assert site.receipts() == []


@pytest.mark.parametrize(("size", "status"), [(9_000, 409), (10_001, 404), (500_000, 404)])
def test_what_is_read_of_a_callback_in_chunks_is_bound(site: Site, size: int, status: int) -> None:
    """Signed, so that nothing but its size has it refused: the payment is an unknown one."""
    word = {"payment": new_uid(), "status": "paid", "amount": 1, "currency": "USD"}
    content = json.dumps(word).encode().ljust(size)
    at = int(clock.now().timestamp())

    answer = site.app.test_client().post(
        "/payments/callback/test",
        input_stream=io.BytesIO(content),
        headers={AT: str(at), SIGNATURE: callbacks.sign(SECRET, at, content)},
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )

    assert answer.status_code == status


def test_without_a_provider_there_is_no_way_and_no_callback(site: Site) -> None:
    order = site.order()
    site.app.config["SETTINGS"] = dataclasses.replace(
        site.app.config["SETTINGS"], payment_provider=""
    )

    page = site.citizen.open(f"/requests/{site.reference}/payment")

    assert "Pay online" not in page.text
    assert site.bank.call(order) == 404 and site.receipts() == []
