"""Addresses of push services that are called, the standard's own example, and their answers."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from app.notifications.push import rules, sealing
from app.notifications.push.rules import Subscription
from app.notifications.rules import Reply, Result
from config import PUSH_HOSTS
from tests.factories.browsers import Browser

LOCAL = "http://127.0.0.1:8030"


@pytest.mark.parametrize(
    ("endpoint", "is_allowed"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc:def", True),
        ("https://fcm.googleapis.com:443/x", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/g", True),
        ("https://db5p.notify.windows.com/w/?token=x", True),
        ("https://web.push.apple.com/Q", True),
        ("http://fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com:8443/x", False),
        ("https://fcm.googleapis.com.evil.example/x", False),
        ("https://evil.example/fcm.googleapis.com", False),
        ("https://notify.windows.com/x", False),
        ("https://.notify.windows.com/x", False),
        ("https://a..notify.windows.com/x", False),
        (f"https://{'a' * 64}.notify.windows.com/x", False),
        ("https://fcm.googleapis.com@127.0.0.1/x", False),
        ("https://u:p@fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com#@127.0.0.1/x", False),
        ("https://evil.example#fcm.googleapis.com/x", False),
        ("https://fcm。googleapis。com/x", False),
        ("https://127。0。0。1/x", False),
        ("https://127.0.0.1/x", False),
        ("https://[::1]/x", False),
        ("https://169.254.169.254/latest", False),
        ("http://127.0.0.1:8030/x", False),
        ("https://fcm.googleapis.com\\@127.0.0.1/", False),
        ("https://fcm.googleapis.com/x\r\nHost: y", False),
        ("https://fcm.googleapis.com/ x", False),
        ("https://fcm.googleapis.com:x/", False),
        ("https://[fcm.googleapis.com/", False),
        ("file:///etc/passwd", False),
        ("//fcm.googleapis.com/x", False),
        ("", False),
        ("https://fcm.googleapis.com/" + "x" * 1000, False),
    ],
)
@pytest.mark.proves("ssrf_webhook-004")
def test_only_named_push_services_are_called(endpoint: str, is_allowed: bool) -> None:
    assert rules.is_allowed(endpoint, PUSH_HOSTS) is is_allowed


@pytest.mark.parametrize(
    ("endpoint", "is_allowed"),
    [
        (f"{LOCAL}/push/1", True),
        ("http://127.0.0.1:8031/push/1", False),
        ("https://127.0.0.1:8030/push/1", False),
    ],
)
def test_an_origin_without_tls_is_named_whole(endpoint: str, is_allowed: bool) -> None:
    assert rules.is_allowed(endpoint, (LOCAL,)) is is_allowed


def test_the_example_of_the_standard_comes_out(standard: Subscription) -> None:
    """RFC 8291, appendix A."""
    own = sealing.key_of(rules.raw("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
    text = b"When I grow up, I want to be a watermelon"

    sealed = sealing.seal(text, standard, own=own, salt=rules.raw("DGv6ra1nlYgDCS1FRnbzlw"))

    assert rules.text_of(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
        "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
        "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


@pytest.fixture
def standard() -> Subscription:
    """Be the browser of that example."""
    return Subscription(
        endpoint="https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
        p256dh="BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcx"
        "aOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        auth="BTBZMqHH6r4Tts7J_aSIgg",
    )


def test_the_same_text_is_sealed_anew_each_time() -> None:
    browser = Browser(LOCAL)
    sealed = [sealing.seal(b'{"body": "x"}', browser.subscription) for _ in range(2)]

    assert sealed[0] != sealed[1]
    assert [browser.read(one) for one in sealed] == [{"body": "x"}] * 2


@pytest.mark.parametrize("p256dh", ["", "AAAA", "B" + "A" * 86, "!", "ключ"])
def test_what_is_no_key_is_refused(p256dh: str) -> None:
    with pytest.raises(ValueError):
        sealing.seal(b"x", Subscription(endpoint=LOCAL, p256dh=p256dh, auth="A" * 22))


def test_the_proof_names_the_service_and_ends_within_a_day() -> None:
    key, now = sealing.key_of(b"k" * 32), datetime(2026, 12, 3, 9, tzinfo=UTC)

    said = sealing.proof(key, origin="https://push.example", contact="post@example.org", now=now)

    token, _, public = said.removeprefix("vapid t=").partition(", k=")
    head, claims, signature = token.split(".")
    found = json.loads(rules.raw(claims))
    assert json.loads(rules.raw(head))["alg"] == "ES256"
    assert (found["aud"], found["sub"]) == ("https://push.example", "mailto:post@example.org")
    assert now < datetime.fromtimestamp(found["exp"], UTC) <= now + timedelta(hours=24)
    assert rules.raw(public) == sealing.point_of(key)
    halves = [int.from_bytes(part, "big") for part in _halves(rules.raw(signature))]
    key.public_key().verify(
        encode_dss_signature(*halves), f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256())
    )


def _halves(signature: bytes) -> tuple[bytes, bytes]:
    assert len(signature) == 64
    return signature[:32], signature[32:]


@pytest.mark.parametrize(
    ("status", "result", "is_gone"),
    [
        (201, Result.ACCEPTED, False),
        (202, Result.ACCEPTED, False),
        (200, Result.AMBIGUOUS, False),
        (400, Result.REFUSED, False),
        (413, Result.REFUSED, False),
        (401, Result.REFUSED, True),
        (403, Result.REFUSED, True),
        (404, Result.REFUSED, True),
        (410, Result.REFUSED, True),
        (429, Result.BUSY, False),
        (500, Result.FAILED, False),
        (503, Result.DEFERRED, False),
        (301, Result.FAILED, False),
    ],
)
def test_each_answer_of_a_push_service_is_told_apart(
    status: int, result: Result, is_gone: bool
) -> None:
    found = rules.reply(status, "120")

    assert (found.result, found.is_gone) == (result, is_gone)


GONE = Reply(result=Result.REFUSED, is_gone=True)


@pytest.mark.parametrize(
    ("replies", "result", "is_gone"),
    [
        ((), Result.REFUSED, True),
        ((GONE, GONE), Result.REFUSED, True),
        ((GONE, Reply(result=Result.ACCEPTED)), Result.ACCEPTED, False),
        ((Reply(result=Result.AMBIGUOUS), Reply(result=Result.ACCEPTED)), Result.ACCEPTED, False),
        ((GONE, Reply(result=Result.UNREACHED)), Result.UNREACHED, False),
        ((Reply(result=Result.BUSY), Reply(result=Result.AMBIGUOUS)), Result.AMBIGUOUS, False),
        ((GONE, Reply(result=Result.REFUSED)), Result.REFUSED, False),
    ],
)
def test_one_browser_that_took_it_is_enough(
    replies: tuple[Reply, ...], result: Result, is_gone: bool
) -> None:
    found = rules.of_all(replies)

    assert (found.result, found.is_gone) == (result, is_gone)
