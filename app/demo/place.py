"""Where the demonstration keeps its data, its secrets and its lock."""

import base64
import fcntl
import json
import os
import secrets
import socket
import tempfile
import time
from pathlib import Path

import config
from app.demo import gateway, messengers
from app.demo.errors import CannotStart

SECRETS = ("SECRET_KEY", "MASTER_KEYS", "INDEX_KEY", "AUDIT_KEYS", "VAPID_KEY")
LONGEST_SOCKET_PATH = 103
"""Bytes: 107 on Linux, 103 on macOS."""
LINGER_S = 8.0
"""How long members of a killed group may take to go (a shim's grace, and some)."""


def lock(instance: Path) -> int:
    """Return the descriptor of the lock on the instance folder, or raise CannotStart.

    The lock is shared with every member of the group, so that it also stands while the members
    of a killed supervisor are still going. A second broker on the same socket would take it over
    without a word.
    """
    descriptor = os.open(instance / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + LINGER_S
    while not _locked(descriptor):
        if _holder_is_alive(descriptor) or time.monotonic() > deadline:
            os.close(descriptor)
            raise CannotStart(f"Jaliya is already running on {instance}. Stop it first.")
        time.sleep(0.1)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder_is_alive(descriptor: int) -> bool:
    try:
        os.kill(int(os.pread(descriptor, 20, 0)), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def write_token(instance: Path) -> str:
    """Return a fresh token, which proves to the children that `make run` started them."""
    token = secrets.token_hex(32)
    _write_private(instance / "run.token", token)
    return token


def write_gateways(instance: Path, port: int) -> str:
    """Return the file that describes the provider of short messages on this machine."""
    path = instance / "gateways.toml"
    _write_private(path, gateway.describe(port))
    return str(path)


def keys(instance: Path) -> dict[str, str]:
    """Return the secrets of this instance, made at its first start: its data is read by them."""
    path = instance / "demo-keys.json"
    kept: dict[str, str] = json.loads(path.read_text("ascii")) if path.exists() else {}
    missing = [name for name in SECRETS if name not in kept]
    if missing:
        kept |= {name: _key() for name in missing}
        _write_private(path, json.dumps(kept))
    return kept


def bot(port: int) -> dict[str, str]:
    """Return the settings of the bot that the provider of this machine is."""
    here = f"http://127.0.0.1:{port}"
    return {
        "TELEGRAM_TOKEN": messengers.TOKEN,
        "TELEGRAM_BOT": messengers.NAME,
        "TELEGRAM_API": here,
        "TELEGRAM_LINKS": here,
    }


def push_hosts(port: int) -> dict[str, str]:
    """Return the push services that are called: those of all browsers, and the one of here."""
    return {"PUSH_HOSTS": ",".join([*config.PUSH_HOSTS, f"http://127.0.0.1:{port}"])}


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _write_private(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.rename(path)


def broker_socket(instance: Path) -> Path:
    """Return a path for the broker's socket that the system and a URL can both hold."""
    path = instance / "broker.sock"
    plain = str(path).isascii() and not set(str(path)) & set(" %?#")
    if plain and len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    return Path(tempfile.mkdtemp(prefix="jaliya-", dir="/tmp")) / "broker.sock"


def check_port_free(port: int) -> None:
    """Raise CannotStart in one line when the port of the web server is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            text = f"Port {port} is taken. Choose another: PORT={port + 1} make run"
            raise CannotStart(text) from None


def find_free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number
