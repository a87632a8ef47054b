"""How passing on to other receivers goes, in plain sentences while a run lasts."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collector.status import Forwarded


def troubles(targets: Iterable["Forwarded"]) -> tuple[str, ...]:
    """What other receivers do not get; nothing while all is well."""
    found = []
    for target in targets:
        spans = target.traces
        if spans.waiting and spans.trouble:
            found.append(f"{spans.waiting:,} spans wait for {target.to}: {spans.trouble}")
        if spans.refused:
            found.append(f"{target.to} refused {spans.refused:,} spans: {spans.refusal}")
    return tuple(found)
