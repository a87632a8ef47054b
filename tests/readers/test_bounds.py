"""The compiled walk never reads or writes beyond its arrays, whatever the bytes."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

FUZZ = """
import random
from analyzer.model.issue import Issues
from analyzer.readers.frames import FrameSplitter
from analyzer.readers.namer import Namer
from analyzer.readers.otlp_walk import walk
from tests.readers import wire

chance = random.Random(7)
url = wire.attribute("url.full", wire.text("http://shop:80/users/17?q=1"))
route = wire.attribute("http.route", wire.text("/users"))
link = wire.part(13, wire.part(1, wire.TRACE) + wire.part(2, wire.SPAN))
extra = (wire.part(9, url), wire.part(9, route), link, wire.part(15, wire.whole(3, 2)))
spans = [wire.WireSpan(name=name, kind=3, extra=extra).encoded() for name in (b"GET", b"/a/1")]
sound = wire.request(spans)


def damaged() -> bytes:
    data = bytearray(sound)
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(data))
        data[at] = chance.choice((0, 0x7F, 0xFF, chance.randrange(256)))
    return bytes(data[: chance.choice((len(data), chance.randrange(len(data) + 1)))])


for _ in range(40):
    frames = wire.frames(*(damaged() for _ in range(500)), sound)
    # The last frame ends where the buffer ends: a load beyond it is out of bounds.
    assert len(walk(FrameSplitter("fuzz").split(frames), Namer(), Issues()).spans) > 0
print("survived")
"""


def test_walk_stays_within_bounds_on_damaged_requests(tmp_path: Path) -> None:
    """Compiled once more with every index checked, in a process that may die."""
    checked = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", FUZZ],
        env=os.environ | checked,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    assert done.stdout == "survived\n"
