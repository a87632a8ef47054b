"""Walks damaged requests; run as a program with every index checked, see `test_bounds`."""

import random

from analyzer.model.issue import Issues
from analyzer.readers.frames import FrameSplitter
from analyzer.readers.namer import Namer
from analyzer.readers.otlp_walk import walk
from tests.readers import wire

REQUESTS = 8_000
CUT_SHARE = 0.3

FIELDS = (
    (9, wire.attribute("url.full", wire.text("http://shop:80/users/17?q=1"))),
    (9, wire.attribute("http.route", wire.fixed64(4, 1))),
    (13, wire.part(1, wire.TRACE) + wire.part(2, wire.SPAN)),
    (15, wire.fixed32(9, 1) + wire.whole(3, 2)),
)


def cut(content: bytes, chance: random.Random) -> bytes:
    """Sometimes only its beginning: the lengths around it are right, what is inside ends early."""
    return content[: chance.randrange(len(content))] if chance.random() < CUT_SHARE else content


def damaged(chance: random.Random) -> bytes:
    """A request of one span, cut somewhere, some bytes changed."""
    extra = tuple(wire.part(number, cut(content, chance)) for number, content in FIELDS)
    fields = wire.WireSpan(name=b"GET", kind=3, extra=extra).fields()
    chance.shuffle(fields)
    data = bytearray(cut(wire.request([cut(b"".join(fields), chance)]), chance))
    for _ in range(chance.randrange(3)):
        at = chance.randrange(len(data) + 1)
        data[at : at + 1] = bytes([chance.choice((0, 0x7F, 0xFF, chance.randrange(256)))])
    return bytes(data)


def main() -> None:
    """Walk one by one: each ends where its buffer ends, so a load beyond is out of bounds."""
    chance = random.Random(7)
    for _ in range(REQUESTS):
        walk(FrameSplitter("fuzz").split(wire.frames(damaged(chance))), Namer(), Issues())


if __name__ == "__main__":
    main()
