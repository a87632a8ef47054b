"""Which processes are to be watched: `--watch search=4711` or `--watch search=:8080`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from analyzer.errors import InputError

HOW: Final = "write it as SERVICE=PID, SERVICE=pid:PID or SERVICE=:PORT"
LARGEST_PORT: Final = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A service and its process: one of both is known.

    Attributes:
        service: what spans call it.
        pid: its process.
        port: where it listens.
    """

    service: str
    pid: int | None = None
    port: int | None = None

    @property
    def label(self) -> str:
        """How a person names it."""
        where = f"process {self.pid}" if self.pid is not None else f"port {self.port}"
        return f"{self.service} ({where})"


def targets_of(texts: Iterable[str]) -> tuple[Target, ...]:
    """The targets that options name, each once; whether there are such processes is seen later.

    Raises:
        InputError: one is written differently, or could be a process as well as a port.
    """
    return tuple(dict.fromkeys(_target(text) for text in texts))


def _target(text: str) -> Target:
    service, sign, where = text.partition("=")
    service, where = service.strip(), where.strip()
    kind, colon, number = where.rpartition(":")
    if not sign or not service or not number.isdecimal() or kind not in ("", "pid", "port"):
        raise InputError(f"{text!r} names no process to watch", hint=HOW)
    if kind == "pid":
        return Target(service=service, pid=int(number))
    if colon:
        return Target(service=service, port=_port(text, int(number)))
    return _pid_or_port(text, service, int(number))


def _port(text: str, number: int) -> int:
    if not 0 < number <= LARGEST_PORT:
        raise InputError(f"{text!r}: there is no port {number}", hint=HOW)
    return number


def _pid_or_port(text: str, service: str, number: int) -> Target:
    """What a bare number is: a process if there is one, else a port."""
    import psutil

    from collector.listening import listener_of

    is_process = psutil.pid_exists(number)
    is_port = number <= LARGEST_PORT and listener_of(number) is not None
    if is_process and is_port:
        raise InputError(
            f"{text!r}: {number} is a process and a port where something listens",
            hint=f"write {service}=pid:{number} or {service}=:{number}",
        )
    if not is_process and not is_port:
        raise InputError(
            f"{text!r}: there is no process {number}, and nothing listens on that port",
            hint=f"start {service} first, or write {service}=:PORT for one that is yet to start",
        )
    if is_port:
        return Target(service=service, port=number)
    return Target(service=service, pid=number)
