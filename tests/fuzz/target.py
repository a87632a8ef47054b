"""What is fuzzed: a decoder, what it is fed with, and what has to hold for whatever it is fed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum


class Shape(Enum):
    """What inputs are made of, so that damage reaches what is inside."""

    BYTES = "bytes"
    MESSAGE = "message"
    """Fields of protobuf: a changed one leaves the lengths around it right."""
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One decoder.

    Attributes:
        seeds: whole inputs, which damage begins with.
        check: raises where the decoder does what it must not do with any of these inputs.
        shape: what inputs are made of.
        batch: how many inputs a check takes at once.
        largest: bytes of the longest input.
        interpreted: whether coverage is only seen where kernels run as plain Python.
        guided: whether coverage can lead the way: no threads, no process of its own.
    """

    name: str
    seeds: Callable[[], list[bytes]]
    check: Callable[[Sequence[bytes]], None]
    shape: Shape = Shape.BYTES
    batch: int = 100
    largest: int = 4_096
    interpreted: bool = False
    guided: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How long to go on: until either is used up."""

    runs: int
    seconds: float
