"""How many connections there can be: every one of them is an open file."""

import contextlib
import resource
from typing import Final

WANTED: Final = 65_536
"""More than any load test has exporters; each connection takes some 20 kB."""


def raise_open_files() -> None:
    """Raise the soft limit on open files as far as this process may; 1024 is a usual default."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # a system may know a lower one still
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
