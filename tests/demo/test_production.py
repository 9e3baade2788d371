"""A production process that lacks a secret or a scanner ends at once, saying which."""

import subprocess
import sys

import pytest

from tests.servers import ROOT
from tests.unit.test_settings import PRODUCTION


@pytest.mark.parametrize("name", ["SECRET_KEY", "SCANNER"])
def test_the_web_process_does_not_start_without(name: str) -> None:
    environ = {key: value for key, value in PRODUCTION.items() if key != name}

    done = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert f"{name} is not set." in done.stderr
