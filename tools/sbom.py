"""Say what Jaliya is made of: each pinned package of production with its hashes and licence.

Usage: python tools/sbom.py, for CycloneDX on standard output; with --licences for docs/licences.md.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parents[1]
_PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^ ;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_CLASSIFIER = "License :: OSI Approved :: "
UNKNOWN = "not said"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A pinned package."""

    name: str
    version: str
    hashes: tuple[str, ...]
    license: str


def packages(requirements: Path) -> Iterator[Package]:
    """Yield the packages that a file pins, with the licence that the installed one names."""
    text = requirements.read_text("utf-8")
    found = list(_PINNED.finditer(text))
    for number, match in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(text)
        hashes = tuple(_HASH.findall(text[match.end() : end]))
        yield Package(name=match[1], version=match[2], hashes=hashes, license=license_of(match[1]))


def license_of(name: str) -> str:
    """Return the licence of an installed package as it names it, or that it does not."""
    try:
        info = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return UNKNOWN  # Only for another system or Python.
    said = info.get("License-Expression") or ""
    named = [one for one in info.get_all("Classifier") or () if one.startswith(_CLASSIFIER)]
    classified = " AND ".join(one.removeprefix(_CLASSIFIER) for one in named)
    written = (info.get("License") or "").strip()
    return said or classified or (written if len(written) < 60 else "") or UNKNOWN


def bill(requirements: Path) -> Bom:
    """Return the bill of materials."""
    licenses = LicenseFactory()
    root = Component(
        name="jaliya",
        type=ComponentType.APPLICATION,
        bom_ref="jaliya",
        licenses=[licenses.make_from_string("AGPL-3.0-or-later")],
    )
    parts = [
        Component(
            name=one.name,
            version=one.version,
            type=ComponentType.LIBRARY,
            bom_ref=f"{one.name}@{one.version}",
            purl=PackageURL(type="pypi", name=one.name, version=one.version),
            licenses=[licenses.make_from_string(one.license)],
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in one.hashes],
        )
        for one in packages(requirements)
    ]
    bom = Bom(components=parts)
    bom.metadata.component = root
    bom.register_dependency(root, parts)
    return bom


def table(requirements: Path) -> str:
    """Return the licences as a page of the documentation."""
    rows = [f"| {one.name} | {one.license} |" for one in packages(requirements)]
    return "\n".join([HEAD, *rows, ""])


HEAD = """# Licences

What production runs besides Jaliya itself (AGPL-3.0-or-later), each with the licence that the package names. Written by `make sbom`; the versions and hashes stand in `requirements.txt`.

| package | licence |
|---|---|"""  # noqa: E501  (a paragraph of Markdown is one line)


def main() -> None:
    """Print the bill or the page of what production runs."""
    requirements = ROOT / "requirements.txt"
    if "--licences" in sys.argv:
        print(table(requirements), end="")
        return
    outputter = make_outputter(bill(requirements), OutputFormat.JSON, SchemaVersion.V1_6)
    print(outputter.output_as_string(indent=1))


if __name__ == "__main__":
    main()
