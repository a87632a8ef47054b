"""`collector.json`: what the collector listens on and has counted, for everyone outside it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Final

from collector.signals import Signal

FILE_NAME: Final = "collector.json"
SCHEMA: Final = "slowhop.collector/1"


class State(Enum):
    """Whether the collector still takes requests."""

    RUNNING = "running"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalCounts:
    """What arrived of one signal since the collector started.

    Attributes:
        requests: requests that were answered, whatever the answer.
        received: spans, data points or log records in decodable requests; accepted + refused.
            A request that the client must send again is counted when it comes again.
        accepted: those that were acknowledged: of traces and metrics they are in the file.
        refused: those that will never be taken (without usable ids).
        bytes: the accepted requests as protobuf, uncompressed.
    """

    requests: int = 0
    received: int = 0
    accepted: int = 0
    refused: int = 0
    bytes: int = 0

    def plus(self, *, received: int = 0, refused: int = 0, size: int = 0) -> "SignalCounts":
        """The counts after one more request."""
        return SignalCounts(
            requests=self.requests + 1,
            received=self.received + received,
            accepted=self.accepted + received - refused,
            refused=self.refused + refused,
            bytes=self.bytes + size,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DatagramCounts:
    """What became of datagrams, whose senders are told nothing.

    Attributes:
        received: datagrams that arrived, as far as the operating system tells.
        malformed: those that are nothing that is received.
        lost: those for which there was no room, in its buffer or the collector's or on the disk.
    """

    received: int = 0
    malformed: int = 0
    lost: int = 0

    def plus(self, *, received: int = 0, malformed: int = 0, lost: int = 0) -> "DatagramCounts":
        """The counts after some more."""
        return DatagramCounts(
            received=self.received + received,
            malformed=self.malformed + malformed,
            lost=self.lost + lost,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """The counts of all signals, and of datagrams, however they were received."""

    traces: SignalCounts = field(default_factory=SignalCounts)
    metrics: SignalCounts = field(default_factory=SignalCounts)
    logs: SignalCounts = field(default_factory=SignalCounts)
    datagrams: DatagramCounts = field(default_factory=DatagramCounts)

    @classmethod
    def of(cls, counts: Mapping[Signal, SignalCounts], datagrams: DatagramCounts) -> "Counters":
        """Counters from a table by signal, and those of datagrams."""
        return cls(
            traces=counts[Signal.TRACES],
            metrics=counts[Signal.METRICS],
            logs=counts[Signal.LOGS],
            datagrams=datagrams,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorStatus:
    """All that `collector.json` says; addresses are `host:port`.

    Attributes:
        wires: where other protocols than OTLP are received, by their names.
    """

    pid: int
    state: State
    grpc: str
    http: str
    counters: Counters
    wires: Mapping[str, str] = field(default_factory=dict)

    def write(self, run_dir: Path) -> None:
        """Replace `collector.json`, so that a reader sees the old or the new one whole.

        Raises:
            OSError: the disk is full or failing; the old file stays.
        """
        document = {
            "schema": SCHEMA,
            "pid": self.pid,
            "state": self.state.value,
            "grpc": self.grpc,
            "http": self.http,
            "wires": dict(self.wires),
            **asdict(self.counters),
        }
        draft = run_dir / f".{FILE_NAME}.{self.pid}"
        try:
            draft.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
            draft.replace(run_dir / FILE_NAME)
        except OSError:
            draft.unlink(missing_ok=True)
            raise

    @classmethod
    def read(cls, run_dir: Path) -> "CollectorStatus | None":
        """What `collector.json` says; None where there is none yet.

        Raises:
            ValueError: the file is not a collector's.
        """
        try:
            text = (run_dir / FILE_NAME).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        document: dict[str, Any] = json.loads(text)
        if document.get("schema") != SCHEMA:
            raise ValueError(f"{run_dir / FILE_NAME} is not of schema {SCHEMA}")
        return cls(
            pid=document["pid"],
            state=State(document["state"]),
            grpc=document["grpc"],
            http=document["http"],
            wires=document.get("wires", {}),
            counters=Counters(
                traces=SignalCounts(**document["traces"]),
                metrics=SignalCounts(**document["metrics"]),
                logs=SignalCounts(**document["logs"]),
                datagrams=DatagramCounts(**document.get("datagrams", {})),
            ),
        )
