"""Attributes of spans by reference: spans with the same attributes share one set of them.

A set costs what its attributes cost, a span four bytes, so that a million spans are cheap as long
as their attributes have few values. What has many (ids, addresses of clients) tells requests apart
and not what they have in common, so it is left out: `MOST_VALUES`. Which attributes are kept never
depends on the order in which spans arrived.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache

import numpy as np

from analyzer.model.columns import Int32Array, Int64Array, UInt64Array

MOST_VALUES = 1_000
"""Values an attribute may have in all that is read; one that has more is left out wholly."""

MOST_KEYS = 1_024
"""Attribute names there may be; with more, names are made from data, and none is kept."""

MOST_ATTRIBUTES = 32
"""Of a span's attributes so many are looked at, the first ones."""

LONGEST_VALUE = 1_024
"""Bytes of a value that is kept; what is longer is a document."""


class Keep(IntEnum):
    """Whether an attribute's values are kept."""

    NEVER = 0
    ALWAYS = 1
    WITHOUT_QUERY = 2
    """Only values without a `?`: in a query people put secrets."""


_QUERIES = frozenset(("http.url", "url.full", "url.query", "url.original"))
_PATHS = frozenset(("http.target", "url.path"))

_SECRETS = (
    "password", "passwd", "passphrase", "secret", "token", "authorization", "authentication",
    "credential", "cookie", "session", "apikey", "accesskey", "privatekey", "signature", "jwt",
    "pwd", "dsn", "connectionstring", "bearer", "xauth", "csrf",
)  # fmt: skip
"""Words in names of attributes whose values belong into no report; without `_`, `-` and `.`."""


@lru_cache(4 * MOST_KEYS)
def keep(key: str) -> Keep:
    """Whether values of an attribute are kept: never what looks like a secret or holds a query."""
    plain = key.lower().replace("_", "").replace("-", "").replace(".", "")
    if key in _QUERIES or any(word in plain for word in _SECRETS):
        return Keep.NEVER
    if key.endswith(".port") and key != "server.port":
        return Keep.NEVER  # a client's port only says which connection it was
    return Keep.WITHOUT_QUERY if key in _PATHS else Keep.ALWAYS


def has_query(key: str, value: str) -> bool:
    """Whether a value is left out because it is a path with a query."""
    return "?" in value and keep(key) is Keep.WITHOUT_QUERY


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """The attributes of n spans, as strings.

    Attributes:
        set_of: int32[n], the set of each span.
        offset: int64[s + 1], where each set begins in `pair`.
        pair: int32[k], index into `pairs`; no key twice in a set.
        pairs: key and value, each pair once.
        crowded: keys that are left out because they have more values than `MOST_VALUES`.
    """

    set_of: Int32Array
    offset: Int64Array
    pair: Int32Array
    pairs: tuple[tuple[str, str], ...]
    crowded: frozenset[str] = frozenset()

    def __len__(self) -> int:
        """How many spans."""
        return int(self.set_of.size)

    def take(self, rows: Int64Array) -> "Attributes":
        """The attributes of the spans at these positions, in that order."""
        return Attributes(
            set_of=self.set_of[rows],
            offset=self.offset,
            pair=self.pair,
            pairs=self.pairs,
            crowded=self.crowded,
        )

    @classmethod
    def concat(cls, parts: Sequence["Attributes | None"]) -> "Attributes | None":
        """The attributes of all parts in order; None if any part kept none."""
        known = [part for part in parts if part is not None]
        if len(known) < len(parts) or not known:
            return None
        sets = np.cumsum([0, *(part.offset.size - 1 for part in known)])
        pairs = np.cumsum([0, *(len(part.pairs) for part in known)])
        sizes = np.concatenate([np.diff(part.offset) for part in known])
        return settled(
            set_of=np.concatenate([p.set_of + base for p, base in zip(known, sets, strict=False)]),
            offset=np.concatenate([[0], np.cumsum(sizes)]),
            pair=np.concatenate([p.pair + base for p, base in zip(known, pairs, strict=False)]),
            pairs=[pair for part in known for pair in part.pairs],
            crowded=frozenset().union(*(part.crowded for part in known)),
        )


def settled(
    *,
    set_of: Int64Array | Int32Array,
    offset: Int64Array,
    pair: Int64Array | Int32Array,
    pairs: Sequence[tuple[str, str]],
    crowded: frozenset[str],
) -> Attributes | None:
    """Each pair and each set once, and without the keys that have too many values.

    Args:
        set_of: int[n], the set of each span.
        offset: int64[s + 1], where each set begins in `pair`.
        pair: int[k], index into `pairs`.
        pairs: key and value; any of them may be there several times.
        crowded: keys to leave out.

    Returns:
        None where there are more keys than `MOST_KEYS`.
    """
    used = np.zeros(offset.size - 1, np.bool_)
    used[set_of] = True
    inside = np.repeat(used, np.diff(offset))
    occurs = np.zeros(len(pairs), np.bool_)
    occurs[pair[inside]] = True
    values: dict[str, dict[str, int]] = {}
    for i in np.flatnonzero(occurs).tolist():
        key, value = pairs[i]
        values.setdefault(key, {})[value] = i
    crowded |= {key for key, of in values.items() if len(of) > MOST_VALUES}
    if len(values.keys() | crowded) > MOST_KEYS:
        return None
    number: dict[tuple[str, str], int] = {}
    place = np.full(len(pairs), -1, np.int32)
    for i in np.flatnonzero(occurs).tolist():
        if pairs[i][0] not in crowded:
            place[i] = number.setdefault(pairs[i], len(number))
    moved = place[pair]
    kept = inside & (moved >= 0)
    ends = np.concatenate([[0], np.cumsum(kept)])[offset]
    new_set, first = _distinct(moved[kept], ends, len(number))
    return Attributes(
        set_of=new_set[set_of].astype(np.int32),
        offset=np.concatenate([[0], np.cumsum(np.diff(ends)[first])]).astype(np.int64),
        pair=moved[kept][_inside(ends, first)],
        pairs=tuple(number),
        crowded=crowded,
    )


def _distinct(pair: Int32Array, offset: Int64Array, pairs: int) -> tuple[Int64Array, Int64Array]:
    """For each set the number of its like, and for each number a set that is like it.

    A set is known by the sum of random words that stand for its pairs (Zobrist hashing), so the
    order of its pairs does not matter.
    """
    word: UInt64Array = np.random.default_rng(0).integers(1, 1 << 64, pairs, np.uint64)
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(word[pair], dtype=np.uint64)])
    _, first, number = np.unique(
        sums[offset[1:]] - sums[offset[:-1]], return_index=True, return_inverse=True
    )
    return number.reshape(-1), first


def _inside(offset: Int64Array, sets: Int64Array) -> Int64Array:
    """Where the pairs of these sets lie, one set after another."""
    begins, sizes = offset[sets], (offset[1:] - offset[:-1])[sets]
    before = np.concatenate([[0], np.cumsum(sizes)])[:-1]
    at: Int64Array = np.repeat(begins - before, sizes) + np.arange(int(sizes.sum()))
    return at


@dataclass(slots=True)
class AttributeBuilder:
    """Collects attributes span by span, for readers whose format is read as objects."""

    _keep: dict[str, Keep] = field(default_factory=dict)
    _pairs: dict[tuple[str, str], int] = field(default_factory=dict)
    _values: dict[str, int] = field(default_factory=dict)
    _sets: dict[tuple[int, ...], int] = field(default_factory=dict)
    _set_of: "array[int]" = field(default_factory=lambda: array("i"))

    def add(self, attributes: Iterable[tuple[str, str]]) -> None:
        """Take in the attributes of the next span; no key twice."""
        found = []
        for pair in attributes:
            number = self._pairs.get(pair)
            if number is None:
                number = self._number(*pair)
            if number >= 0:
                found.append(number)
        found.sort()
        self._set_of.append(self._sets.setdefault(tuple(found), len(self._sets)))

    def build(self) -> Attributes | None:
        """The attributes so far; None where there are too many keys."""
        if len(self._keep) > MOST_KEYS:
            return None
        sizes = [len(of) for of in self._sets]
        return settled(
            set_of=np.frombuffer(self._set_of.tobytes(), np.int32),
            offset=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            pair=np.array([number for of in self._sets for number in of], np.int32),
            pairs=list(self._pairs),
            crowded=frozenset(),
        )

    def _number(self, key: str, value: str) -> int:
        """The number of a pair met for the first time; -1 if it is not kept."""
        kept = self._keep.get(key)
        if kept is None:
            kept = self._keep[key] = keep(key) if len(self._keep) <= MOST_KEYS else Keep.NEVER
        if kept is Keep.NEVER or (kept is Keep.WITHOUT_QUERY and "?" in value):
            return -1
        # one value more than may be is kept, so that it shows that there are too many
        values = self._values.get(key, 0)
        if values > MOST_VALUES:
            return -1
        self._values[key] = values + 1
        return self._pairs.setdefault((key, value), len(self._pairs))
