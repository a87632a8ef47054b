"""Trouble that a person can do something about: a message, a hint and an exit code."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the slowhop command's exit code means."""

    OK = 0
    INTERNAL = 1
    INPUT = 2
    REQUIREMENT = 3
    TOO_LITTLE_DATA = 4
    PARTIAL = 5


class SlowhopError(Exception):
    """An error that ends the command with two lines, what happened and what to do.

    Args:
        message: what happened, in one line.
        hint: what the person can do about it.
    """

    exit_code: ExitCode = ExitCode.INTERNAL

    def __init__(self, message: str, *, hint: str) -> None:
        """Keep both lines; the message is also what `str()` shows."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class InputError(SlowhopError):
    """Unusable input or options: exit code 2."""

    exit_code = ExitCode.INPUT


class UnreadableTraces(InputError):  # noqa: N818  reads as what it is: these traces are unreadable
    """A file that holds no trace in any known format."""


class TooLittleData(SlowhopError):  # noqa: N818  a state of the data, not a failure of the tool
    """There are too few requests to say anything: exit code 4."""

    exit_code = ExitCode.TOO_LITTLE_DATA
