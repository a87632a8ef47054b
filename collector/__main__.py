"""`python -m collector`: the collector as its own process."""

import asyncio
import logging
import os
import sys
from collections.abc import Sequence

from analyzer.errors import InputError
from collector.allocation import keep_freed_memory
from collector.options import Options

GRPC_LOG = "GRPC_VERBOSITY"


def main(arguments: Sequence[str] | None = None) -> int:
    """Receive until told to stop; the exit code is 0 then, and 2 when it cannot even begin."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    keep_freed_memory()
    # gRPC logs every failed handshake: whoever is not let in could fill the disk with that
    os.environ.setdefault(GRPC_LOG, "ERROR")
    from collector.process import receive

    try:
        asyncio.run(receive(Options.from_arguments(arguments)))
    except InputError as error:
        sys.stderr.write(f"error: {error.message}\nhint: {error.hint}\n")
        return int(error.exit_code)
    return 0


if __name__ == "__main__":
    sys.exit(main())
