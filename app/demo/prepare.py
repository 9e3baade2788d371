"""What must be in place before the demonstration can serve, done once and remembered."""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from app.demo.errors import CannotStart

ROOT = Path(__file__).resolve().parents[2]
STEPS = (
    (
        "Compiling the translations",
        ("-m", "babel.messages.frontend", "compile", "-d", "translations"),
    ),
    ("Compressing the style sheets", ("-m", "whitenoise.compress", "-q", "app/static")),
    ("Migrating the database", ("-m", "flask", "--app", "wsgi", "migrate")),
    ("Writing the example", ("-m", "flask", "--app", "wsgi", "seed")),
)
SOURCES = (
    "migrations/**/*.py",
    "translations/**/*.po",
    "app/demo/**/*.py",
    "app/catalogue/examples/**/*",
    "app/cli.py",
    "app/static/css/*.css",
    "app/static/js/*.js",
)


def prepare(instance: Path, environ: Mapping[str, str], wait: Callable[[], None]) -> None:
    """Compile, migrate and seed; skip it all when nothing it depends on has changed.

    `wait` passes a moment and raises when the whole start is to be given up.
    """
    stamp = instance / "prepared"
    database = instance / "jaliya.sqlite3"
    if database.exists() and stamp.exists() and stamp.read_text("ascii") == _fingerprint():
        return
    for what, arguments in STEPS:
        print(f"{what} ...", flush=True)
        _run(arguments, environ, wait)
    stamp.write_text(_fingerprint(), "ascii")


def _run(arguments: tuple[str, ...], environ: Mapping[str, str], wait: Callable[[], None]) -> None:
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(  # noqa: S603  (our own commands)
            [sys.executable, *arguments],
            cwd=ROOT,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        try:
            while process.poll() is None:
                wait()
        finally:
            process.kill()
            process.wait()
        if process.returncode:
            output.seek(0)
            raise CannotStart(output.read().strip())


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(set(_sources())):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    compiled = all(po.with_suffix(".mo").exists() for po in ROOT.glob("translations/**/*.po"))
    digest.update(bytes([compiled]) + os.fsencode(sys.executable))
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for pattern in SOURCES:
        yield from (path for path in ROOT.glob(pattern) if path.is_file() and path.suffix != ".pyc")
