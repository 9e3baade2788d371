"""How large a row of the fault catalogue is run: short, or at its figure (FAULTS_FULL=yes)."""

import os


def size(short: int, figure: int, *, name: str = "FAULTS_N") -> int:
    """Return the size that a variable names, or the figure of the catalogue, or a short one."""
    whole = figure if os.environ.get("FAULTS_FULL") else short
    return int(os.environ.get(name) or whole)
