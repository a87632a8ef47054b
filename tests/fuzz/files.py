"""Every format that can be read, and what is done to files before their format is known."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from analyzer.readers.formats import format_names, readers
from analyzer.readers.json_outline import outline
from analyzer.readers.namer import Namer
from samples.make_samples import SHOP, shop_in
from tests.fuzz import seeds
from tests.fuzz.target import Shape, Target
from tests.readers.shop import NAMES, write_shop
from tests.readers.surviving import survives

SHAPES = {"otlp-proto": Shape.BYTES, "parquet": Shape.BYTES, "python-console": Shape.JSON}
"""What a format's files are made of; JSON where nothing else is said."""

LONG_SAMPLE = 6_000
"""Bytes of the sample shop's dump: some spans in any format."""


def survived(name: str) -> Callable[[Sequence[bytes]], None]:
    """No file makes a format's reader fail, or give what cannot be."""

    def check(inputs: Sequence[bytes]) -> None:
        # new for every batch: a reader remembers the names it has met
        reader = next(reader for reader in readers(Namer()) if reader.name == name)
        for data in inputs:
            survives(reader, data)
        outline.cache_clear()

    return check


@cache
def _parquet() -> bytes:
    with TemporaryDirectory() as directory:
        write_shop(Path(directory))
        return (Path(directory) / NAMES["parquet"]).read_bytes()


def _seeds(name: str) -> Callable[[], list[bytes]]:
    def made() -> list[bytes]:
        if name == "parquet":
            return [_parquet()]
        if name == "otlp-proto":
            return [shop_in(name)[:LONG_SAMPLE], *seeds.traps(".otlp")]
        begins = name.partition("-")[0]
        own = [
            path.read_bytes()
            for path in sorted(seeds.TRAPS.iterdir())
            if path.name.startswith(begins) and not path.name.endswith(".expected.json")
        ]
        dumps = [shop_in(name)[:LONG_SAMPLE]] if name in SHOP else []
        return [*dumps, *own, *(seeds.json_bodies() if begins == "otlp" else [])]

    return made


TARGETS = tuple(
    Target(
        name=f"read-{name}",
        seeds=_seeds(name),
        check=survived(name),
        shape=SHAPES.get(name, Shape.JSON),
        batch=50,
        largest=1 << 20 if name == "parquet" else 8_192,
        guided=name != "parquet",
    )
    for name in format_names()
)
