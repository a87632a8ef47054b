"""Asks a process of its own what a locustfile plans."""

import subprocess
import sys
from collections.abc import Sequence

from analyzer.errors import InputError
from loadgen.complaint import explain

WITHIN_S = 120.0
"""Locustfiles may load data when they are imported; two minutes is a lot for that."""


def describe(locustfile: str, options: Sequence[str] = (), *, within_s: float = WITHIN_S) -> bytes:
    """What a locustfile plans, as JSON; its code is imported, and no user is run.

    Args:
        locustfile: as locust's own `-f` takes it.
        options: further options of locust, such as `--tags`.
        within_s: how long its import may take.

    Raises:
        InputError: locust refuses it, it raises, or it takes too long.
    """
    try:
        # Without -P a `loadgen` in the person's directory would be found.
        done = subprocess.run(
            [sys.executable, "-P", "-m", "loadgen.describe", "-f", locustfile, *options],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=within_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise InputError(
            f"{locustfile} was not imported within {within_s:.0f} s",
            hint="move what takes long from its top level into on_start or init",
        ) from None
    if done.returncode == 0 and done.stdout:
        return done.stdout
    complaint = explain(done.stderr.decode("utf-8", "replace"))
    raise InputError(
        f"locust: {complaint.what}" if complaint else f"{locustfile} ended the process",
        hint=(complaint.advice if complaint else "")
        or f"see what `locust -f {locustfile} --list` says",
    )
