"""The critical path of every request of a batch (question 1: where did the time go)."""

from hashlib import blake2b

import numpy as np

from analyzer.model.spans import Spans, UInt64Array
from analyzer.model.traces import Batch, Nested, Paths, Tree


def name_hashes(spans: Spans) -> UInt64Array:
    """A hash of every name, uint64 by code; the last one, 0, stands for no name.

    It depends on the name alone, so that paths found in different files compare.
    """
    digests = [
        blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        for name in spans.names
    ]
    return np.frombuffer(b"".join(digests) + bytes(8), dtype="<u8").astype(np.uint64)


def walk(batch: Batch, tree: Tree, nested: Nested, names: UInt64Array) -> Paths:
    """Walk every request back from its end; see `analyzer.paths.reference` for the rule.

    Args:
        batch: the spans.
        tree: whose parent is who.
        nested: times after repair.
        names: what `name_hashes` gave.
    """
    from analyzer.paths import walk_kernel

    paths = Paths(
        own_ns=np.zeros(len(batch), np.int64), signature=np.zeros(tree.requests, np.uint64)
    )
    walk_kernel.walk(batch, tree, nested, names, paths)
    return paths
