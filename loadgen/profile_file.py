"""`profile.json` of a run directory: what the users were to do, and at the end what they did."""

import json
import os
from pathlib import Path
from typing import Any

PROFILE = "profile.json"


def write_profile(run_dir: Path, planned: dict[str, Any], observed: dict[str, Any] | None) -> None:
    """Write the file whole: a reader finds all of it or none."""
    text = json.dumps({**planned, "observed": observed}, indent=1, default=str) + "\n"
    unfinished = run_dir / f".{PROFILE}.{os.getpid()}"
    unfinished.write_text(text, encoding="utf-8", errors="backslashreplace")
    unfinished.replace(run_dir / PROFILE)
