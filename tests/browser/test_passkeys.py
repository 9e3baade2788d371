"""Passkeys in a real browser, whose authenticator is the virtual one of its DevTools protocol."""

import dataclasses
from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession, expect

from tests.browser.reader import Reader

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def give_device(reader: Reader) -> tuple[CDPSession, str]:
    """Give the browser an authenticator; at a name, since no address of numbers has passkeys."""
    at_name = reader.server.url.replace("127.0.0.1", "localhost")
    reader.server = dataclasses.replace(reader.server, url=at_name)
    protocol = reader.page.context.new_cdp_session(reader.page)
    protocol.send("WebAuthn.enable")
    found = protocol.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return protocol, found["authenticatorId"]


def sign_in_by_mail(reader: Reader, address: str) -> None:
    reader.open("/account/sign-in")
    reader.page.fill("#address", address)
    reader.press("Send me a code")
    reader.page.fill("#code", reader.code_for(address))
    reader.press("Sign in")


@pytest.mark.proves("S01", "S17")
@pytest.mark.parametrize("language", ["ar", pytest.param("ru", marks=pytest.mark.grid)])
def test_a_citizen_makes_a_passkey_and_signs_in_with_it(
    new_reader: Callable[..., Reader], language: str
) -> None:
    reader = new_reader(language)
    protocol, device = give_device(reader)
    sign_in_by_mail(reader, f"passkey-{language}@example.org")

    reader.open("/account/security")
    reader.looks_at_both_widths("security")
    reader.press("Add a passkey")
    reader.looks_at_both_widths("passkey-new")
    reader.press("Make the passkey")
    reader.reads("The passkey was added. From now on it is enough to sign in.")
    reader.looks_at_both_widths("security-with-passkey")
    made = protocol.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert [(one["rpId"], one["isResidentCredential"]) for one in made] == [("localhost", True)]

    reader.open("/account")
    reader.press("Sign out")
    reader.open("/account/sign-in?next=" + f"/{language}/account/security")
    reader.press("Sign in with a passkey")
    reader.looks_at_both_widths("passkey-sign-in")
    reader.press("Show the passkey")
    reader.sees_heading("Security of my account")


@pytest.mark.proves("login-017")
def test_a_device_that_verified_nobody_lets_nobody_in(
    new_reader: Callable[..., Reader],
) -> None:
    reader = new_reader("ru")
    protocol, device = give_device(reader)
    sign_in_by_mail(reader, "unverified@example.org")
    reader.open("/account/security/passkeys/new")
    reader.press("Make the passkey")
    reader.sees_heading("Security of my account")
    reader.open("/account")
    reader.press("Sign out")

    said = {"authenticatorId": device, "isUserVerified": False}
    protocol.send("WebAuthn.setUserVerified", said)
    reader.open("/passkeys/sign-in")
    reader.press("Show the passkey")
    reader.reads("No passkey was shown. Try again, or sign in another way.")


def test_without_a_script_the_page_says_what_works(new_reader: Callable[..., Reader]) -> None:
    reader = new_reader("ar", script=False)
    reader.open("/passkeys/sign-in")
    reader.reads(
        "A passkey needs scripts, which are off in this browser. The other ways work without."
    )
    expect(reader.main.locator("button")).to_be_hidden()
    reader.follow(reader.say("Sign in another way"))
    reader.sees_heading("Sign in")


def test_at_an_address_of_numbers_the_page_says_where_passkeys_work(
    new_reader: Callable[..., Reader],
) -> None:
    reader = new_reader("ru")
    reader.open("/passkeys/sign-in")
    at_name = reader.server.url.replace("127.0.0.1", "localhost")
    reader.reads("Passkeys work at this address alone: %(address)s", address=at_name)
