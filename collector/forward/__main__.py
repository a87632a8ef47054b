"""`python -m collector.forward`: the forwarder as its own process, started by the collector."""

import argparse
import fcntl
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NoReturn

from collector.exports import EXPORTS, Export
from collector.forward.access import HEADERS_VARIABLE, Access
from collector.forward.follow import FrameFile
from collector.forward.items import count
from collector.forward.ledger import Ledger
from collector.forward.outcome import Sender
from collector.forward.stream import BATCH_BYTES, Stream
from collector.forward.target import Target
from collector.signals import Signal
from collector.spool import FILE_NAMES

NICENESS: Final = 10
"""Receiving, the load and the system under test come first."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Pass on until standard input ends; then what is left, for a while.

    The collector holds the other end. It closes it when its files are whole, and so does its own
    end, whatever that is; a signal could come before this process is there to take it.
    """
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a supervisor's, meant for the collector
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    os.nice(NICENESS)
    alone = _alone(options.run_dir)
    streams = _streams(options)
    for stream in streams:
        stream.start()
    while os.read(sys.stdin.fileno(), 1):
        pass
    for stream in streams:
        stream.end()
    for stream in streams:
        stream.wait()
    logging.shutdown()
    del alone
    # threads may still be in a call that nobody waits for; what counts is written down
    os._exit(0)


def _streams(options: argparse.Namespace) -> list[Stream]:
    began: dict[Signal, int] = options.began
    targets: list[Target] = options.to
    names = [str(target) for target in targets]
    ledger = Ledger(options.run_dir, options.session, began, names)
    files = {each: FrameFile(options.run_dir / FILE_NAMES[each]) for each in began}
    exports = [export for export in EXPORTS if export.signal in files]
    if ledger.is_new:
        for name in names:
            for export in exports:
                _carry(ledger, name, export, files[export.signal], began)
    access = Access.from_options(
        targets,
        ca=options.forward_ca,
        certificate=options.forward_cert,
        key=options.forward_key,
        headers=os.environ.get(HEADERS_VARIABLE),
    )
    return [
        Stream(
            str(target), export, files[export.signal], open_sender(target, export, access), ledger
        )
        for target in targets
        for export in exports
    ]


def _carry(
    ledger: Ledger, name: str, export: Export, file: FrameFile, began: Mapping[Signal, int]
) -> None:
    """Count what an earlier session of the collector has left."""
    offset = ledger.passed(name, export.signal).offset
    until = began[export.signal]
    items = 0
    while (frames := file.after(offset, most_bytes=BATCH_BYTES, until=until)) is not None:
        items += count(export, b"".join(frames.bodies))
        offset = frames.end
    ledger.carry(name, export.signal, items)


def open_sender(target: Target, export: Export, access: Access) -> Sender:
    """A way to a target; nothing is connected yet."""
    if target.over_http:
        from collector.forward.http_sender import HttpSender

        return HttpSender(target, export, access)
    from collector.forward.grpc_sender import GrpcSender

    return GrpcSender(target, export, access)


def _alone(run_dir: Path) -> int:
    """Wait until no other forwarder works on this directory: one whose collector was killed ends.

    Returns:
        The open directory, which is locked as long as it is open.
    """
    directory = os.open(run_dir, os.O_RDONLY | os.O_CLOEXEC)
    fcntl.flock(directory, fcntl.LOCK_EX)
    return directory


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m collector.forward", description="Pass on what a collector has accepted."
    )
    add = parser.add_argument
    add("--run-dir", type=Path, required=True)
    add("--session", required=True, help="which collector's counts these are")
    add("--began", type=_sizes, required=True, help="signal:size of the files, comma between them")
    add("--to", type=Target.from_text, action="append", required=True, help="a target")
    add("--forward-ca", type=Path, help="authorities to trust (PEM)")
    add("--forward-cert", type=Path, help="a certificate to show (PEM)")
    add("--forward-key", type=Path, help="its private key (PEM)")
    return parser


def _sizes(text: str) -> dict[Signal, int]:
    pairs = (part.split(":", 1) for part in text.split(","))
    return {Signal(name): int(size) for name, size in pairs}


if __name__ == "__main__":
    main()
