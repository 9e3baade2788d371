"""What a process that serves keeps for good, apart from what comes and goes."""

import gc


def settle() -> None:
    """Leave what is there by now out of every later search for garbage.

    Called once, when the app is made: a full search walks through all of it and stops every
    thread meanwhile, for longer than a request takes.
    """
    gc.collect()
    gc.freeze()
