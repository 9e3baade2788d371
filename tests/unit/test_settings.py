"""Production starts only when it is safe to; the demonstration only from `make run`."""

import base64
import stat
from pathlib import Path

import pytest

from app.demo import place
from config import Settings, SettingsError

KEY = base64.b64encode(b"k" * 32).decode()
PRODUCTION = {
    "SECRET_KEY": "s" * 40,
    "MASTER_KEYS": KEY,
    "INDEX_KEY": KEY,
    "AUDIT_KEYS": KEY,
    "DATABASE_URL": "postgresql+psycopg://db/jaliya?sslmode=verify-full&sslrootcert=system",
    "REDIS_URL": "redis://broker/0",
    "STORAGE_URL": "s3://papers",
    "SMTP_URL": "smtp://mail:25",
    "MAIL_FROM": "post@example.org",
    "BASE_URL": "https://post.example.org",
    "PROXY_HOPS": "1",
    "TRUSTED_HOSTS": "post.example.org",
    "SCANNER": "clamd://clamav:3310",
}


def test_complete_settings_start_production() -> None:
    settings = Settings.from_environment(PRODUCTION)

    assert not settings.demo
    assert settings.database_url == PRODUCTION["DATABASE_URL"]
    assert settings.proxy_hops == 1


def test_without_tls_there_may_be_no_proxy() -> None:
    plain = {**PRODUCTION, "BASE_URL": "http://127.0.0.1:8000", "PROXY_HOPS": "0"}

    assert Settings.from_environment(plain).proxy_hops == 0


@pytest.mark.parametrize("name", sorted(PRODUCTION))
@pytest.mark.proves("S49")
def test_production_does_not_start_without(name: str) -> None:
    environ = {key: value for key, value in PRODUCTION.items() if key != name}

    with pytest.raises(SettingsError, match=name):
        Settings.from_environment(environ)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SCANNER", "none"),
        ("SECRET_KEY", "short"),
        ("PROXY_HOPS", "0"),
        ("PROXY_HOPS", "one"),
        ("PROXY_HOPS", "-1"),
        ("PROXY_HOPS", ""),
        ("MASTER_KEYS", "not base64!"),
        ("INDEX_KEY", base64.b64encode(b"too short").decode()),
    ],
)
@pytest.mark.proves("S49")
def test_production_does_not_start_with_what_is_unsafe(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({**PRODUCTION, name: value})


@pytest.mark.proves("S50")
@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://user:secret@db/jaliya",
        "postgresql+psycopg://user:secret@10.0.0.5:5432/jaliya",
        "postgresql://user@db.example.org/jaliya?sslrootcert=system",
        "postgresql+psycopg://user@db/jaliya?sslmode=prefer",
        "postgresql+psycopg://user@db/jaliya?sslmode=require",
        "postgresql+psycopg://user@db/jaliya?sslmode=verify-ca",
        "postgresql+psycopg://user@db/jaliya?sslmode=",
        "postgresql+psycopg://user@db/jaliya?sslmode=disable&sslmode=verify-full",
        "postgresql+psycopg://user@127.0.0.1/jaliya?host=db",
        "postgresql+psycopg://user@/jaliya?host=/run/postgresql&host=db:5432",
        "postgresql+psycopg://user@127.0.0.1.example.org/jaliya",
    ],
)
def test_a_database_elsewhere_proves_its_name_or_nothing_starts(url: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL") as refused:
        Settings.from_environment({**PRODUCTION, "DATABASE_URL": url})

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////srv/jaliya.sqlite3",
        "postgresql+psycopg://user:secret@127.0.0.1:5432/jaliya",
        "postgresql+psycopg://user@[::1]/jaliya",
        "postgresql+psycopg://localhost/jaliya",
        "postgresql+psycopg:///jaliya?host=/run/postgresql",
        "postgresql+psycopg:///jaliya",
        "postgresql+psycopg://user@db.example.org/jaliya?sslmode=verify-full",
        "postgresql+psycopg://user@db/jaliya?sslmode=disable",
    ],
)
def test_a_database_of_this_machine_or_a_network_said_to_be_own_needs_no_tls(url: str) -> None:
    settings = Settings.from_environment({**PRODUCTION, "DATABASE_URL": url})

    assert settings.database_url == url


def demo_environ(instance: Path, token: str) -> dict[str, str]:
    """Return what the supervisor hands to its children."""
    given = {"INSTANCE": str(instance), "JALIYA_DEMO_TOKEN": token, "REDIS_URL": "redis+socket://x"}
    return {**place.keys(instance), **given, "SMTP_URL": "smtp://127.0.0.1:2525"}


def test_the_token_of_the_supervisor_starts_the_demonstration(tmp_path: Path) -> None:
    environ = demo_environ(tmp_path, place.write_token(tmp_path))

    settings = Settings.from_environment(environ)

    assert settings.demo
    assert settings.database_url.startswith("sqlite:")


def test_no_other_token_starts_the_demonstration(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="make run"):
        Settings.from_environment(demo_environ(tmp_path, "guess"))

    place.write_token(tmp_path)
    with pytest.raises(SettingsError, match="make run"):
        Settings.from_environment(demo_environ(tmp_path, "guess"))
    with pytest.raises(SettingsError, match="make run"):
        Settings.from_environment(demo_environ(tmp_path, ""))


@pytest.mark.parametrize(
    ("name", "value"), [("DATABASE_URL", "sqlite:///real"), ("BIND", "0.0.0.0")]
)
def test_the_demonstration_refuses(tmp_path: Path, name: str, value: str) -> None:
    environ = demo_environ(tmp_path, place.write_token(tmp_path))

    with pytest.raises(SettingsError):
        Settings.from_environment({**environ, name: value})


def test_secrets_are_for_their_user_alone(tmp_path: Path) -> None:
    place.write_token(tmp_path)
    place.keys(tmp_path)

    for name in ("run.token", "demo-keys.json"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


ONLINE = {
    "PAYMENT_PROVIDER": "test",
    "PAYMENT_URL": "http://127.0.0.1:9000/pay",
    "PAYMENT_SECRET": "p" * 40,
}


def test_nobody_pays_online_unless_it_is_set() -> None:
    assert Settings.from_environment(PRODUCTION).payment_provider == ""


@pytest.mark.parametrize(
    "changed",
    [{}, {"PAYMENT_PROVIDER": "unknown"}],
    ids=["a provider that takes no money", "an unknown one"],
)
def test_production_refuses_a_provider(changed: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="PAYMENT_PROVIDER"):
        Settings.from_environment({**PRODUCTION, **ONLINE, **changed})


BOT = {"TELEGRAM_TOKEN": "1:" + "t" * 30, "TELEGRAM_BOT": "@post_bot"}


def test_neither_a_bot_nor_notifications_come_by_themselves() -> None:
    settings = Settings.from_environment(PRODUCTION)

    assert (settings.telegram_token, settings.vapid_key) == ("", "")


def test_a_bot_has_a_token_and_a_name() -> None:
    settings = Settings.from_environment({**PRODUCTION, **BOT, "VAPID_KEY": KEY})

    assert (settings.telegram_bot, settings.vapid_key) == ("post_bot", KEY)
    assert settings.telegram_api == "https://api.telegram.org"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TELEGRAM_TOKEN", "no token"),
        ("TELEGRAM_TOKEN", "1:x/../y" + "z" * 20),
        ("TELEGRAM_BOT", ""),
        ("TELEGRAM_BOT", "a b"),
        ("TELEGRAM_API", "http://127.0.0.1:1"),
        ("TELEGRAM_LINKS", "javascript:alert(1)"),
        ("VAPID_KEY", "short"),
        ("PUSH_HOSTS", "http://127.0.0.1:1"),
        ("PUSH_HOSTS", "*"),
        ("PUSH_HOSTS", "push.example, 10.0.0.1/x"),
    ],
)
def test_production_refuses_ways_that_are_not_safe(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({**PRODUCTION, **BOT, name: value})
