"""Trouble with the sample services that a person can do something about."""


class ServiceError(Exception):
    """Sample services that cannot be started: two lines, what happened and what to do.

    Args:
        message: what happened, in one line.
        hint: what the person can do about it; may quote the end of a log, in lines of its own.
    """

    def __init__(self, message: str, *, hint: str) -> None:
        """Keep both; the message is also what `str()` shows."""
        super().__init__(message)
        self.message = message
        self.hint = hint
