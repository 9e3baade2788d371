"""Starts the demonstration: `python -m app.demo`, which is what `make run` does."""

import os
import sys

from app.demo import supervisor

sys.exit(supervisor.main(os.environ))
