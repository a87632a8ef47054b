"""`forward.json`: how far each target has come, for a forwarder that starts anew and for others."""

import contextlib
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from collector.signals import Signal

FILE_NAME: Final = "forward.json"
SCHEMA: Final = "slowhop.forward/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """How far one target has come with one signal.

    Attributes:
        offset: where the next frame to pass on begins, in the signal's file.
        sent: items that the target took in this session of the collector.
        refused: items that it never will.
        carried: items that an earlier session had left, when this one began.
        trouble: why nothing can be passed on at the moment.
        refusal: why items were refused, the last time that any were.
    """

    offset: int
    sent: int = 0
    refused: int = 0
    carried: int = 0
    trouble: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """All that `forward.json` says.

    Attributes:
        session: which collector's; its counts are of no other.
        targets: by the target's name, and by the signals that are passed on to it.
    """

    session: str
    targets: Mapping[str, Mapping[Signal, Passed]] = field(default_factory=dict)

    @classmethod
    def read(cls, run_dir: Path) -> "Progress | None":
        """What the file says; None where there is none, or none that can be read."""
        try:
            document: Any = json.loads((run_dir / FILE_NAME).read_text(encoding="utf-8"))
            if document["schema"] != SCHEMA:
                return None
            return cls(
                session=document["session"],
                targets={
                    name: {Signal(signal): Passed(**passed) for signal, passed in signals.items()}
                    for name, signals in document["targets"].items()
                },
            )
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def write(self, run_dir: Path) -> None:
        """Replace the file, so that a reader sees the old or the new one whole.

        Raises:
            OSError: the disk is full or failing; the old file stays.
        """
        document = {
            "schema": SCHEMA,
            "session": self.session,
            "targets": {
                name: {signal.value: asdict(passed) for signal, passed in signals.items()}
                for name, signals in self.targets.items()
            },
        }
        draft = run_dir / f".{FILE_NAME}.tmp"
        try:
            draft.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
            draft.replace(run_dir / FILE_NAME)
        except OSError:
            draft.unlink(missing_ok=True)
            raise


class Ledger:
    """The progress of this session, written down after each change, from any thread.

    A target begins where it stood. One that is new in this directory begins at the end of what an
    earlier session has left: that was not meant for it.

    Args:
        run_dir: the run's directory.
        session: this collector's.
        began: how long each signal's file was when the session began.
        names: the targets.
    """

    def __init__(
        self, run_dir: Path, session: str, began: Mapping[Signal, int], names: Iterable[str]
    ) -> None:
        self._run_dir = run_dir
        self._lock = threading.Lock()
        before = Progress.read(run_dir) or Progress(session=session)
        self._is_new = before.session != session or not before.targets
        self._targets = {name: dict(signals) for name, signals in before.targets.items()}
        for name in names:
            signals = self._targets.setdefault(name, {})
            for signal, size in began.items():
                passed = signals.get(signal, Passed(offset=size))
                if before.session != session:
                    passed = Passed(offset=min(passed.offset, size))
                signals[signal] = passed
        self._session = session
        self._write()

    @property
    def is_new(self) -> bool:
        """Whether this is the session's first forwarder, which has yet to count what is carried."""
        return self._is_new

    def passed(self, name: str, signal: Signal) -> Passed:
        """How far a target has come."""
        with self._lock:
            return self._targets[name][signal]

    def carry(self, name: str, signal: Signal, items: int) -> None:
        """Add to what an earlier session has left."""
        passed = self.passed(name, signal)
        self._set(name, signal, replace(passed, carried=passed.carried + items))

    def settle(
        self, name: str, signal: Signal, *, offset: int, sent: int, refused: int, refusal: str
    ) -> None:
        """Some frames are passed on, or never will be."""
        passed = self.passed(name, signal)
        self._set(
            name,
            signal,
            replace(
                passed,
                offset=offset,
                sent=passed.sent + sent,
                refused=passed.refused + refused,
                refusal=refusal or passed.refusal,
                trouble="",
            ),
        )

    def say(self, name: str, signal: Signal, trouble: str) -> None:
        """Write down why nothing can be passed on; the empty text where it can."""
        passed = self.passed(name, signal)
        if passed.trouble != trouble:
            self._set(name, signal, replace(passed, trouble=trouble))

    def _set(self, name: str, signal: Signal, passed: Passed) -> None:
        with self._lock:
            self._targets[name][signal] = passed
            self._write()

    def _write(self) -> None:
        # on a full disk it is written with the next change; until then it is in memory
        with contextlib.suppress(OSError):
            Progress(session=self._session, targets=self._targets).write(self._run_dir)
