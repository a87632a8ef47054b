"""What a system of sample services consists of; the launcher turns it into processes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The processes of one system.

    Attributes:
        system: the system's name.
        entry: the service that users talk to; it is stopped before the others, which it needs
            until it has finished its last request.
        modules: which module each process runs, by the process's name.
        environment: the variables of a process, from its name and the URLs of all processes.
    """

    system: str
    entry: str
    modules: Mapping[str, str]
    environment: Callable[[str, Mapping[str, str]], dict[str, str]]
