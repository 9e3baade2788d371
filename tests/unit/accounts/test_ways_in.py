"""Passkeys' sites, recovery codes as typed, and the settings of a provider."""

import pytest

from app.accounts import passkeys, rules
from config import Settings, SettingsError
from tests.unit.test_settings import PRODUCTION


@pytest.mark.proves("login-017")
@pytest.mark.parametrize(
    ("base_url", "rp_id", "origin"),
    [
        ("https://jaliya.example", "jaliya.example", "https://jaliya.example"),
        ("https://jaliya.example:8443", "jaliya.example", "https://jaliya.example:8443"),
        ("http://127.0.0.1:8000", "localhost", "http://localhost:8000"),
        ("http://localhost", "localhost", "http://localhost"),
    ],
)
def test_passkeys_are_made_for_the_site_of_the_settings(
    base_url: str, rp_id: str, origin: str
) -> None:
    assert passkeys.site_of(base_url) == passkeys.Site(rp_id=rp_id, origin=origin)


@pytest.mark.parametrize(
    "typed",
    ["H1V0-FNPX-WXTW-7NFG", "h1v0 fnpx wxtw 7nfg", "HLVO-FNPX-WXTW-7NFG", "H1V0FNPXWXTW7NFG"],
)
def test_a_recovery_code_is_read_however_it_was_written_down(typed: str) -> None:
    assert rules.recovery_code_of(typed) == "H1V0FNPXWXTW7NFG"
    assert rules.is_recovery_code(typed)


@pytest.mark.parametrize("typed", ["482913", "٤٨٢٩١٣", "", "x" * 100])
def test_a_code_of_an_app_is_no_recovery_code(typed: str) -> None:
    assert not rules.is_recovery_code(typed)


PROVIDER = {
    "OIDC_ISSUER": "https://id.mission.example/",
    "OIDC_CLIENT_ID": "jaliya",
    "OIDC_CLIENT_SECRET": "x",
    "OIDC_NAME": "Ministry",
}


def test_a_provider_is_known_by_its_very_issuer() -> None:
    settings = Settings.from_environment({**PRODUCTION, **PROVIDER, "OIDC_LEVELS": "high, higher"})
    assert settings.oidc_issuer == "https://id.mission.example/"
    assert settings.oidc_levels == ("high", "higher")
    assert Settings.from_environment(PRODUCTION).oidc_issuer == ""


@pytest.mark.parametrize(
    "change",
    [{"OIDC_ISSUER": "http://id.mission.example"}, {"OIDC_NAME": ""}, {"OIDC_CLIENT_ID": ""}],
)
def test_half_a_provider_ends_the_start(change: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="OIDC"):
        Settings.from_environment({**PRODUCTION, **PROVIDER, **change})


@pytest.mark.proves("login-023")
def test_a_signing_key_of_before_is_as_long_as_one() -> None:
    old = "x" * 32
    settings = Settings.from_environment({**PRODUCTION, "SECRET_KEY_FALLBACKS": f"{old}, "})
    assert settings.secret_key_fallbacks == (old,)
    with pytest.raises(SettingsError, match="SECRET_KEY_FALLBACKS"):
        Settings.from_environment({**PRODUCTION, "SECRET_KEY_FALLBACKS": "short"})
