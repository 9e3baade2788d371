"""New rules of a time zone, as a state makes them: another file under the zone's name."""

import shutil
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo


@contextmanager
def new_rules(folder: Path, zone: str, *, like: str) -> Iterator[None]:
    """Have a zone keep the rules of another one, from the files that this process reads."""
    file = folder / zone
    file.parent.mkdir(parents=True, exist_ok=True)
    with resources.as_file(resources.files("tzdata.zoneinfo") / like) as source:
        shutil.copy(source, file)
    before = zoneinfo.TZPATH
    _read_from(str(folder), *before)
    try:
        yield
    finally:
        _read_from(*before)


def _read_from(*folders: str) -> None:
    zoneinfo.reset_tzpath(to=folders)
    ZoneInfo.clear_cache()
