"""Personal data is bound to its place and gone with its key."""

import pytest
from flask import Flask

from app.accounts.models import Person
from app.core import clock, crypto
from app.core.crypto import Keyring, Unreadable, keyed_hash, new_data_key

NAMES = {"first_ar": "ليان"}


def person() -> Person:
    """Return a person with a name."""
    row = Person(
        data_key=new_data_key(clock.now()),
        fingerprint="-",
        created_at=clock.now(),
        updated_at=clock.now(),
    )
    row.details = NAMES
    return row


def test_what_is_sealed_can_be_read_in_its_place_only(app: Flask) -> None:
    with app.app_context():
        one, other = person(), person()
        assert one.details == NAMES
        assert "ليان".encode() not in one.sealed_details

        other.data_key = one.data_key
        other.sealed_details = one.sealed_details
        with pytest.raises(Unreadable):
            _ = other.details


def test_destroying_the_key_erases_the_person(app: Flask) -> None:
    with app.app_context():
        row = person()
        row.data_key.wrapped = None
        with pytest.raises(Unreadable):
            _ = row.details


def test_an_old_master_key_still_opens_what_it_wrapped(app: Flask) -> None:
    first, second = ("A" * 43 + "=", "B" * 42 + "A=")
    old = Keyring.of((first,), first)
    wrapped = old.wrap(b"k" * 32, "uid")

    rotated = Keyring.of((second, first), first)
    assert rotated.unwrap(wrapped, "uid") == b"k" * 32
    assert rotated.wrap(b"k" * 32, "uid")[:8] != wrapped[:8]
    with pytest.raises(Unreadable):
        Keyring.of((second,), first).unwrap(wrapped, "uid")
    with pytest.raises(Unreadable):
        rotated.unwrap(wrapped, "another")


def test_keyed_hashes_keep_purposes_apart(app: Flask) -> None:
    with app.app_context():
        assert keyed_hash("email", "a") != keyed_hash("phone", "a")
        assert keyed_hash("email", "a") == keyed_hash("email", "a")
        assert crypto.keyring().index_key


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_hidden_field_is_read_in_its_own_form_only(app: Flask, engine: str) -> None:
    with app.app_context():
        sealed = crypto.seal_for_browser("ليان".encode(), "form:1")
        assert crypto.unseal_from_browser(sealed, "form:1").decode() == "ليان"

        for text, place in [(sealed, "form:2"), (sealed[:-8], "form:1"), ("", "form:1"), ("é", "")]:
            with pytest.raises(Unreadable):
                crypto.unseal_from_browser(text, place)
