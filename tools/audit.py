"""Look every pinned package up in an index of vulnerabilities; never be silent about not having.

Ends with 0 when nothing is known against any, 1 when something is, 2 when none could be looked up.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FILES = ("requirements.txt", "requirements-dev.txt")
CLEAN, VULNERABLE, NOT_REACHED = 0, 1, 2


def verdict(found: Sequence[Mapping[str, Any]]) -> tuple[int, list[str]]:
    """Return how to end, and what to say of what was looked up (Any: JSON of pip-audit)."""
    skipped = [one["name"] for one in found if "skip_reason" in one]
    looked_up = [one for one in found if "skip_reason" not in one]
    known = [
        f"{one['name']} {one['version']}: {vulnerability['id']}, mended in "
        f"{', '.join(vulnerability['fix_versions']) or 'no version'}"
        for one in looked_up
        for vulnerability in one["vulns"]
    ]
    said = [*known, f"looked up: {len(looked_up)}, not known to the index: {len(skipped)}"]
    if known:
        return VULNERABLE, said
    if not looked_up:
        return NOT_REACHED, [*said, "No index of vulnerabilities was reached: NOTHING WAS AUDITED."]
    return CLEAN, said


def look_up(name: str) -> list[dict[str, Any]]:
    """Return what pip-audit found of a file's packages, nothing where it could not ask."""
    command = [sys.executable, "-m", "pip_audit", "-r", name, "--disable-pip", "--require-hashes"]
    asked = subprocess.run(  # noqa: S603  (our own command)
        [*command, "--format", "json", "--progress-spinner", "off"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return list(json.loads(asked.stdout)["dependencies"])
    except (ValueError, KeyError):
        print(asked.stderr.strip()[-500:], file=sys.stderr)
        return []


def main() -> int:
    """Look up what production runs and what it is built and tested with."""
    end, said = verdict([one for name in FILES for one in look_up(name)])
    print("\n".join(said))
    return end


if __name__ == "__main__":
    sys.exit(main())
