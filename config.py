"""Settings from the environment: one class, and a start that stops when a secret is missing."""

import base64
import hmac
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).resolve().parent
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
HERE = ("127.0.0.1", "localhost", "::1")
SHORTEST_SECRET = 32
PROOF_BITS = "15"
"""Half a second of an old phone, begun while its owner reads; docs/adr/0014."""
MOST_PROOF_BITS = 20
PUSH_HOSTS = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "web.push.apple.com",
    "*.notify.windows.com",
)
TELEGRAM_API, TELEGRAM_LINKS = "https://api.telegram.org", "https://t.me"
HOST = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+")
TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{20,100}")
BOT = re.compile(r"[A-Za-z][A-Za-z0-9_]{4,31}")
SECRET = re.compile(r"\$\{(\w+)\}")


class SettingsError(Exception):
    """A setting is missing, contradicts another, or is not safe for production."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that differs between one deployment and another."""

    secret_key: str
    master_keys: tuple[str, ...]
    """Base64 of 32 bytes each; the first wraps new data keys, the others still unwrap old ones."""
    index_key: str
    """Base64 of 32 bytes: the key of the search hashes, which outlives the rotation of others."""
    database_url: str
    redis_url: str
    storage_url: str
    """`file:///…` or `s3://bucket?endpoint=…`."""
    base_url: str
    """Where links in messages lead; the request's own host is never used for that."""
    trusted_hosts: tuple[str, ...]
    smtp_url: str
    """`smtp://user:password@host:port` or `smtps://…`."""
    mail_from: str
    scanner: str
    """`clamd://host:port`, `clamd+unix:///path`, or `none` (demo only)."""
    discreet_from: str = ""
    """The sender of discreet mails, which names nobody; empty for that of all others."""
    secret_key_fallbacks: tuple[str, ...] = ()
    """Former secret keys, the newest first: what they signed is still believed."""
    audit_keys: tuple[str, ...] = ()
    """Base64 of 32 bytes each; the first seals the record, the others still verify old seals."""
    audit_anchor: Path | None = None
    """The file to which heads of the record are appended; on another machine at best."""
    audit_mail: str = ""
    """The address that gets the head of the record once a day; empty for none."""
    demo: bool = False
    testing: bool = False
    payment_provider: str = ""
    """"test", which takes no money; empty for none."""
    payment_url: str = ""
    payment_secret: str = ""
    """Signs what goes to the provider and what it calls back with."""
    sms_gateways: str = ""
    """What the file SMS_GATEWAYS says, as JSON, with its secrets filled in; empty for none."""
    vapid_key: str = ""
    """Base64 of 32 bytes: by what push services know us; empty for no notifications in browsers."""
    push_hosts: tuple[str, ...] = PUSH_HOSTS
    """The push services that are called, whatever a browser names."""
    telegram_token: str = ""
    """Of the bot; empty for none."""
    telegram_bot: str = ""
    """What the bot is called, without the @."""
    telegram_api: str = TELEGRAM_API
    telegram_links: str = TELEGRAM_LINKS
    """Where a link to the bot begins."""
    oidc_issuer: str = ""
    """The identity provider of the staff's ministry; empty for none."""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_name: str = ""
    """What staff call it."""
    oidc_levels: tuple[str, ...] = ()
    """Values of "acr" that mean two factors."""
    instance: Path = field(default=ROOT / "instance")
    proxy_hops: int = 0
    proof_bits: int = 0
    """How much work a browser has to do before it holds a time, in bits; 0 for none."""
    bookings_per_account: int = 12
    """So many appointments to come one account may have for persons whom nobody has verified."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Return the settings of this process, or raise SettingsError in one sentence."""
        if is_demo(environ):
            return cls._demo(environ)
        return cls._production(environ)

    @classmethod
    def _production(cls, environ: Mapping[str, str]) -> "Settings":
        def need(name: str) -> str:
            value = environ.get(name, "").strip()
            if not value:
                raise SettingsError(f"{name} is not set.")
            return value

        secret, *former = _secrets(environ, need("SECRET_KEY"))
        scanner = need("SCANNER")
        if scanner == "none":
            raise SettingsError("SCANNER=none is for the demonstration only: name a virus scanner.")
        base_url = need("BASE_URL").rstrip("/")
        anchor = environ.get("AUDIT_ANCHOR", "").strip()
        provider, payment_url, payment_secret = _payments(environ, may_test=False)
        hosts = tuple(h.strip() for h in need("TRUSTED_HOSTS").split(",") if h.strip())
        return cls(
            secret_key=secret,
            secret_key_fallbacks=tuple(former),
            master_keys=_keys("MASTER_KEYS", need("MASTER_KEYS")),
            index_key=_keys("INDEX_KEY", need("INDEX_KEY"))[0],
            audit_keys=_keys("AUDIT_KEYS", need("AUDIT_KEYS")),
            audit_anchor=Path(anchor) if anchor else None,
            audit_mail=environ.get("AUDIT_MAIL", "").strip(),
            database_url=_database(need("DATABASE_URL")),
            redis_url=need("REDIS_URL"),
            storage_url=need("STORAGE_URL"),
            base_url=base_url,
            trusted_hosts=hosts,
            smtp_url=need("SMTP_URL"),
            mail_from=need("MAIL_FROM"),
            discreet_from=environ.get("DISCREET_MAIL_FROM", "").strip(),
            scanner=scanner,
            instance=Path(environ.get("INSTANCE", str(ROOT / "instance"))),
            proxy_hops=_hops(environ.get("PROXY_HOPS", "0"), base_url),
            proof_bits=_number(environ, "PROOF_BITS", PROOF_BITS, MOST_PROOF_BITS),
            bookings_per_account=_number(environ, "BOOKINGS_PER_ACCOUNT", "12", 999),
            payment_provider=provider,
            payment_url=payment_url,
            payment_secret=payment_secret,
            sms_gateways=_gateways(environ),
            vapid_key=_vapid_key(environ),
            push_hosts=_push_hosts(environ, may_be_plain=False),
            **_telegram(environ, may_be_plain=False),
            **_provider(environ),
        )

    @classmethod
    def _demo(cls, environ: Mapping[str, str]) -> "Settings":
        if environ.get("DATABASE_URL"):
            raise SettingsError("The demonstration refuses a DATABASE_URL: it keeps its own.")
        bind = environ.get("BIND", "127.0.0.1")
        if bind not in LOOPBACK:
            raise SettingsError(f"The demonstration listens on this machine only, not on {bind}.")
        instance = Path(environ.get("INSTANCE", str(ROOT / "instance")))
        provider, payment_url, payment_secret = _payments(environ, may_test=True)
        return cls(
            secret_key=environ["SECRET_KEY"],
            master_keys=_keys("MASTER_KEYS", environ["MASTER_KEYS"]),
            index_key=_keys("INDEX_KEY", environ["INDEX_KEY"])[0],
            audit_keys=_keys("AUDIT_KEYS", environ["AUDIT_KEYS"]),
            audit_anchor=instance / "audit.anchors",
            database_url=f"sqlite:///{instance / 'jaliya.sqlite3'}",
            redis_url=environ["REDIS_URL"],
            storage_url=f"file://{instance / 'documents'}",
            base_url=f"http://127.0.0.1:{environ.get('PORT', '8000')}",
            trusted_hosts=LOOPBACK,
            smtp_url=environ["SMTP_URL"],
            mail_from="Jaliya <no-reply@jaliya.example>",
            scanner="none",
            demo=True,
            instance=instance,
            proof_bits=_number(environ, "PROOF_BITS", PROOF_BITS, MOST_PROOF_BITS),
            payment_provider=provider,
            payment_url=payment_url,
            payment_secret=payment_secret,
            sms_gateways=_gateways(environ),
            vapid_key=_vapid_key(environ),
            push_hosts=_push_hosts(environ, may_be_plain=True),
            **_telegram(environ, may_be_plain=True),
        )


def is_demo(environ: Mapping[str, str]) -> bool:
    """Say whether the supervisor of `make run` started this process.

    The supervisor writes a fresh token into a file that only its user can read and hands the
    same token to its children; a variable alone, set by anyone else, is an error.
    """
    token = environ.get("JALIYA_DEMO_TOKEN")
    if token is None:
        return False
    instance = Path(environ.get("INSTANCE", str(ROOT / "instance")))
    try:
        written = (instance / "run.token").read_text(encoding="ascii").strip()
    except OSError:
        written = ""
    if not written or not hmac.compare_digest(token.encode(), written.encode()):
        raise SettingsError("Only `make run` starts the demonstration.")
    return True


def _secrets(environ: Mapping[str, str], secret: str) -> Iterator[str]:
    """Yield the key that signs and then the former ones; none may be short."""
    former = environ.get("SECRET_KEY_FALLBACKS", "").split(",")
    for name, text in [("SECRET_KEY", secret), *(("SECRET_KEY_FALLBACKS", one) for one in former)]:
        if not text.strip():
            continue
        if len(text.strip()) < SHORTEST_SECRET:
            raise SettingsError(f"{name} is shorter than {SHORTEST_SECRET} characters.")
        yield text.strip()


def _database(url: str) -> str:
    """Return the address of the database, once it says how a server elsewhere proves its name.

    Left to itself PostgreSQL's driver takes whoever answers ("prefer"), and "require" asks for no
    name either. A network that is all one's own is said outright, by sslmode=disable.
    """
    parts = urlsplit(url)
    if not parts.scheme.startswith("postgresql"):
        return url
    asked = parse_qs(parts.query)
    hosts = [*asked.get("host", []), *asked.get("hostaddr", []), parts.hostname or ""]
    is_here = all(not host or host.startswith("/") or host in HERE for host in hosts)
    if not is_here and asked.get("sslmode") not in (["verify-full"], ["disable"]):
        raise SettingsError(
            "DATABASE_URL names another machine: end it with "
            "?sslmode=verify-full&sslrootcert=system (docs/operations.md)."
        )
    return url


def _payments(environ: Mapping[str, str], *, may_test: bool) -> tuple[str, str, str]:
    """Return name, address and secret of the payment provider, all empty for none."""
    name = environ.get("PAYMENT_PROVIDER", "").strip()
    if not name:
        return "", "", ""
    if name != "test":
        raise SettingsError(f"PAYMENT_PROVIDER={name}: there is no such provider.")
    if not may_test:
        raise SettingsError("PAYMENT_PROVIDER=test takes no money: production refuses it.")
    secret = environ.get("PAYMENT_SECRET", "")
    if len(secret) < SHORTEST_SECRET:
        raise SettingsError(f"PAYMENT_SECRET is shorter than {SHORTEST_SECRET} characters.")
    url = environ.get("PAYMENT_URL", "").strip()
    if not url.startswith(("http://", "https://")):
        raise SettingsError("PAYMENT_URL is not set.")
    return name, url, secret


def _gateways(environ: Mapping[str, str]) -> str:
    """Return the file of the gateways as JSON, each ${NAME} in it read from the environment."""
    path = environ.get("SMS_GATEWAYS", "").strip()
    if not path:
        return ""
    try:
        described = tomllib.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError):
        raise SettingsError(f"SMS_GATEWAYS={path} is no file in TOML that can be read.") from None
    return json.dumps(_filled(described, environ), ensure_ascii=False)


def _vapid_key(environ: Mapping[str, str]) -> str:
    text = environ.get("VAPID_KEY", "").strip()
    return _keys("VAPID_KEY", text)[0] if text else ""


def _push_hosts(environ: Mapping[str, str], *, may_be_plain: bool) -> tuple[str, ...]:
    """Return the hosts of PUSH_HOSTS; an origin without TLS is for this machine alone."""
    text = environ.get("PUSH_HOSTS", "").strip()
    hosts = tuple(one.strip() for one in text.split(",") if one.strip())
    for host in hosts:
        is_local = may_be_plain and host.startswith("http://127.0.0.1:")
        if not (is_local or HOST.fullmatch(host)):
            raise SettingsError(f"PUSH_HOSTS: {host} is no host name.")
    return hosts or PUSH_HOSTS


class Bot(TypedDict, total=False):
    """The settings of a bot."""

    telegram_token: str
    telegram_bot: str
    telegram_api: str
    telegram_links: str


def _telegram(environ: Mapping[str, str], *, may_be_plain: bool) -> Bot:
    """Return the settings of the bot, all of them empty or usual without a token."""
    token = environ.get("TELEGRAM_TOKEN", "").strip()
    if not token:
        return {}
    bot = environ.get("TELEGRAM_BOT", "").strip().removeprefix("@")
    if not BOT.fullmatch(bot):
        raise SettingsError("TELEGRAM_BOT is not the name of a bot.")
    if not TOKEN.fullmatch(token):
        raise SettingsError("TELEGRAM_TOKEN is not the token of a bot.")
    urls = []
    for name, usual in (("TELEGRAM_API", TELEGRAM_API), ("TELEGRAM_LINKS", TELEGRAM_LINKS)):
        url = environ.get(name, usual).strip().rstrip("/")
        if not url.startswith("https://") and not (may_be_plain and url.startswith("http://127.")):
            raise SettingsError(f"{name} must begin with https://.")
        urls.append(url)
    return Bot(telegram_token=token, telegram_bot=bot, telegram_api=urls[0], telegram_links=urls[1])


class Provider(TypedDict, total=False):
    """The settings of an identity provider."""

    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str
    oidc_name: str
    oidc_levels: tuple[str, ...]


def _provider(environ: Mapping[str, str]) -> Provider:
    """Return the settings of the identity provider, none without an issuer."""
    issuer = environ.get("OIDC_ISSUER", "").strip()
    if not issuer:
        return {}
    if not issuer.startswith("https://"):
        raise SettingsError("OIDC_ISSUER must begin with https://.")
    for name in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_NAME"):
        if not environ.get(name, "").strip():
            raise SettingsError(f"{name} is not set, which OIDC_ISSUER needs.")
    levels = (level.strip() for level in environ.get("OIDC_LEVELS", "").split(","))
    return Provider(
        oidc_issuer=issuer,
        oidc_client_id=environ["OIDC_CLIENT_ID"].strip(),
        oidc_client_secret=environ["OIDC_CLIENT_SECRET"].strip(),
        oidc_name=environ["OIDC_NAME"].strip(),
        oidc_levels=tuple(level for level in levels if level),
    )


def _filled(described: Any, environ: Mapping[str, str]) -> Any:
    # Any: what TOML knows.
    if isinstance(described, dict):
        return {name: _filled(value, environ) for name, value in described.items()}
    if isinstance(described, list):
        return [_filled(value, environ) for value in described]
    if isinstance(described, str):
        return SECRET.sub(lambda named: _secret(named[1], environ), described)
    return described


def _secret(name: str, environ: Mapping[str, str]) -> str:
    value = environ.get(name, "")
    if not value:
        raise SettingsError(f"{name} is not set, which SMS_GATEWAYS names.")
    return value


def _hops(text: str, base_url: str) -> int:
    """Return how many proxies stand in front.

    With none, TLS could not have ended anywhere, and everybody would come from one address: a
    few visitors would use up the sign-ins of all (accounts.throttle counts by network).
    """
    if not (text.isascii() and text.isdigit()):
        raise SettingsError("PROXY_HOPS must be a number: how many proxies stand in front.")
    if base_url.startswith("https://") and int(text) == 0:
        raise SettingsError(
            "BASE_URL is https, so a proxy stands in front: PROXY_HOPS says how many, usually 1."
        )
    return int(text)


def _number(environ: Mapping[str, str], name: str, usual: str, most: int) -> int:
    text = environ.get(name, usual)
    if not (text.isascii() and text.isdigit()) or int(text) > most:
        raise SettingsError(f"{name} must be a number from 0 to {most}.")
    return int(text)


def _keys(name: str, text: str) -> tuple[str, ...]:
    keys = tuple(part.strip() for part in text.split(",") if part.strip())
    for key in keys:
        try:
            raw = base64.b64decode(key, validate=True)
        except ValueError:
            raise SettingsError(f"{name} must be base64.") from None
        if len(raw) != 32:
            raise SettingsError(f"{name} must be 32 bytes in base64.")
    if not keys:
        raise SettingsError(f"{name} is empty.")
    return keys
