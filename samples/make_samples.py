"""Writes the sample dumps: the same requests to a small shop in every format that can be read.

Run `python -m samples.make_samples [DIRECTORY]`; the same bytes come out every time.
"""

import json
import sys
from pathlib import Path

from samples.frames import frame
from samples.shop import documents
from samples.traps import TRAPS


def write_samples(directory: Path) -> None:
    """Write every dump, and each trap with what must come out of it beside it."""
    requests = documents()
    lines = (json.dumps(request, separators=(",", ":")) + "\n" for request in requests)
    (directory / "shop.jsonl").write_text("".join(lines))
    (directory / "shop.otlp").write_bytes(b"".join(frame(request) for request in requests))
    body = {"resourceSpans": [part for r in requests for part in r["resourceSpans"]]}
    (directory / "shop.json").write_text(json.dumps(body, indent=1) + "\n")
    traps = directory / "traps"
    traps.mkdir(exist_ok=True)
    for trap in TRAPS:
        (traps / trap.name).write_bytes(trap.content)
        expected = json.dumps(trap.expected(), indent=1) + "\n"
        (traps / f"{trap.name}.expected.json").write_text(expected)


if __name__ == "__main__":
    write_samples(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
