"""Writes the sample dumps: the same requests to a small shop in every format that can be read.

Run `python -m samples.make_samples [DIRECTORY]`; the same bytes come out every time.
"""

import json
import sys
from pathlib import Path

from samples import formats
from samples.foreign_traps import FOREIGN_TRAPS
from samples.frames import frame
from samples.shop import documents
from samples.traps import TRAPS

SHOP: dict[str, str] = {
    "otlp-jsonl": "shop.jsonl",
    "otlp-json": "shop.json",
    "otlp-proto": "shop.otlp",
    "jaeger": "shop.jaeger.json",
    "jaeger-v3": "shop.jaeger-v3.json",
    "tempo": "shop.tempo.json",
    "zipkin": "shop.zipkin.json",
    "python-console": "shop.console.txt",
}
"""The name of the shop's dump in every format."""

KEPT = frozenset(("otlp-jsonl", "otlp-json", "otlp-proto"))
"""Formats of which the shop's dump lies here; the others are as large and made when needed."""


def shop_in(format_name: str) -> bytes:
    """The shop's requests in a format."""
    requests = documents()
    match format_name:
        case "otlp-jsonl":
            return "".join(json.dumps(r, separators=(",", ":")) + "\n" for r in requests).encode()
        case "otlp-json":
            body = {"resourceSpans": [part for r in requests for part in r["resourceSpans"]]}
            return f"{json.dumps(body, indent=1)}\n".encode()
        case "otlp-proto":
            return b"".join(frame(request) for request in requests)
        case "jaeger":
            return json.dumps(formats.jaeger(requests)).encode()
        case "jaeger-v3":
            return formats.jaeger_v3(requests).encode()
        case "tempo":
            return json.dumps(formats.tempo(requests)).encode()
        case "zipkin":
            return json.dumps(formats.zipkin(requests)).encode()
        case "python-console":
            return formats.python_console(requests).encode()
    raise ValueError(format_name)


def write_samples(directory: Path) -> None:
    """Write every dump, and each trap with what must come out of it beside it."""
    for name in KEPT:
        (directory / SHOP[name]).write_bytes(shop_in(name))
    traps = directory / "traps"
    traps.mkdir(exist_ok=True)
    for trap in (*TRAPS, *FOREIGN_TRAPS):
        (traps / trap.name).write_bytes(trap.content)
        expected = json.dumps(trap.expected(), indent=1) + "\n"
        (traps / f"{trap.name}.expected.json").write_text(expected)


if __name__ == "__main__":
    write_samples(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
