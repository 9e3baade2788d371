"""What keeps the demonstration from starting."""


class CannotStart(Exception):
    """The demonstration cannot start; the message says why, in one line where it can."""
