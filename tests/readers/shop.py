"""The sample shop's dump in every format, made where a test wants it."""

from pathlib import Path

from analyzer.model.issue import Issues
from analyzer.readers.read_requests import read_requests
from analyzer.writers.registry import writer_for
from samples.make_samples import SHOP, shop_in

NAMES = SHOP | {"parquet": "shop.parquet"}
"""The name of the dump in every format that can be read; the last one only slowhop writes."""


def write_shop(directory: Path) -> None:
    """Write the dump in every format."""
    for format_name, name in SHOP.items():
        (directory / name).write_bytes(shop_in(format_name))
    with (directory / NAMES["parquet"]).open("wb") as out:
        requests = read_requests([directory / SHOP["otlp-jsonl"]], Issues())
        writer_for("parquet").write(requests, out)
