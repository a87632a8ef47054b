"""`python -m collector`: the collector as its own process."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from analyzer.errors import InputError
from collector.allocation import keep_freed_memory

HIGHEST_PORT: Final = 65535


def main(arguments: Sequence[str] | None = None) -> int:
    """Receive until told to stop; the exit code is 0 then, and 2 when it cannot even begin."""
    parsed = _parser().parse_args(arguments)
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    keep_freed_memory()
    from collector.process import Options, receive

    options = Options(
        run_dir=parsed.run_dir,
        host=parsed.host,
        grpc_port=parsed.grpc_port,
        http_port=parsed.http_port,
        parent_pid=parsed.parent_pid,
        allowed_origins=frozenset(parsed.allow_origin),
    )
    try:
        asyncio.run(receive(options))
    except InputError as error:
        sys.stderr.write(f"error: {error.message}\nhint: {error.hint}\n")
        return int(error.exit_code)
    return 0


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= HIGHEST_PORT):
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to {HIGHEST_PORT}")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m collector",
        description="Receive OTLP over gRPC and HTTP and append it to the files of a run.",
    )
    add = parser.add_argument
    add("--run-dir", type=Path, required=True, help="where spans.otlp and metrics.otlp grow")
    add("--host", default="127.0.0.1", help="where to listen (default: %(default)s)")
    add("--grpc-port", type=_port, default=4317, help="0 takes a free one (default: %(default)s)")
    add("--http-port", type=_port, default=4318, help="0 takes a free one (default: %(default)s)")
    add("--parent-pid", type=int, help="stop when this process, which must be the parent, is gone")
    add(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="a web page's origin that may post over HTTP, * for all; may be repeated",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
