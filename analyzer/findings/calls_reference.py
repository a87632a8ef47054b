"""Which call followed which, in plain Python: what the kernel agrees on."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OneCall:
    """A call of a span; calls of one site ask the same of the same callee."""

    span_id: int
    site: int
    low_ns: int
    high_ns: int
    failed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What came before a call under the same parent; None for nothing.

    Attributes:
        call: the call.
        follows: the call right before it, if nothing was under way when it began.
        again: the call of the same site before it, if all of that site had ended when it began.
        run: the first of the calls of its site that went on, each after a success, up to it.
    """

    call: OneCall
    follows: OneCall | None
    again: OneCall | None
    run: OneCall


def in_order(calls: Sequence[OneCall]) -> list[Followed]:
    """The calls of one span in order of time, and what came before each."""
    ordered = sorted(calls, key=lambda c: (c.low_ns, c.high_ns, c.span_id))
    found: list[Followed] = []
    for place, call in enumerate(ordered):
        earlier = ordered[:place]
        idle = all(c.high_ns <= call.low_ns for c in earlier)
        alike = [f for f in found if f.call.site == call.site]
        again = alike[-1] if alike and _ended(alike, call) else None
        found.append(
            Followed(
                call=call,
                follows=earlier[-1] if earlier and idle else None,
                again=again.call if again else None,
                run=again.run if again and not again.call.failed else call,
            )
        )
    return found


def _ended(alike: Sequence[Followed], call: OneCall) -> bool:
    return all(f.call.high_ns <= call.low_ns for f in alike)
