"""Attributes of many spans as columns of numbers: which key and which text each one has."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa  # noqa: TID253  this module is imported late
import pyarrow.compute as pc  # noqa: TID253  as above

from analyzer.model.columns import BoolArray, Int64Array, UInt64Array
from analyzer.model.span_table import ValueField


@dataclass(frozen=True, kw_only=True)
class Texts:
    """The attributes of n rows that are text, whole numbers or flags, as text.

    Attributes:
        rows: n.
        row: int64[k], the row of each attribute, ascending.
        place: int64[k], how many attributes of its row came before it.
        key: int64[k], index into `keys`.
        value: int64[k], index into `values`.
        keys: the names, each once.
        values: the texts, each once.
    """

    rows: int
    row: Int64Array
    place: Int64Array
    key: Int64Array
    value: Int64Array
    keys: tuple[str, ...]
    values: tuple[str, ...]

    @classmethod
    def of(cls, maps: pa.MapArray) -> "Texts":
        """From a column of attributes; the last of several with one key is not chosen yet."""
        offsets = maps.offsets.to_numpy()
        begin, end = int(offsets[0]), int(offsets[-1])
        row = np.repeat(np.arange(len(maps)), np.diff(offsets))
        texts = _as_text(maps.items.slice(begin, end - begin))
        there = texts.is_valid().to_numpy(zero_copy_only=False)
        keys = maps.keys.slice(begin, end - begin).dictionary_encode()
        values = pc.fill_null(texts, "").dictionary_encode()
        row = row[there]
        first = np.searchsorted(row, np.arange(len(maps)))
        return cls(
            rows=len(maps),
            row=row,
            place=np.arange(row.size) - first[row],
            key=keys.indices.to_numpy(zero_copy_only=False).astype(np.int64)[there],
            value=values.indices.to_numpy(zero_copy_only=False).astype(np.int64)[there],
            keys=tuple(keys.dictionary.to_pylist()),
            values=tuple(values.dictionary.to_pylist()),
        )

    @cached_property
    def offset(self) -> Int64Array:
        """int64[n + 1], where each row's attributes begin."""
        return np.searchsorted(self.row, np.arange(self.rows + 1)).astype(np.int64)

    def numbers_of(self, keys: Iterable[str]) -> list[int]:
        """The keys by number; what does not occur has none."""
        wanted = frozenset(keys)
        return [number for number, key in enumerate(self.keys) if key in wanted]

    def where(self, chosen: BoolArray) -> "Texts":
        """Only some of the attributes, of the same rows."""
        return replace(
            self,
            row=self.row[chosen],
            place=self.place[chosen],
            key=self.key[chosen],
            value=self.value[chosen],
        )

    def last_of_each(self) -> "Texts":
        """Of several attributes of a row with one key only the last one."""
        cell = (self.row * max(len(self.keys), 1) + self.key)[::-1]
        _, behind = np.unique(cell, return_index=True)
        if behind.size == cell.size:
            return self
        chosen = np.zeros(cell.size, np.bool_)
        chosen[cell.size - 1 - behind] = True
        return self.where(chosen)

    def pairs(self) -> tuple[list[tuple[str, str]], Int64Array]:
        """Each distinct key and text, and int64[k], which of them each attribute is."""
        most = max(len(self.values), 1)
        distinct, pair = np.unique(self.key * most + self.value, return_inverse=True)
        found = [(self.keys[code // most], self.values[code % most]) for code in distinct.tolist()]
        return found, pair.reshape(-1)

    def pairs_of(self, row: int) -> dict[str, str]:
        """The attributes of one row."""
        begin, end = self.offset[row : row + 2].tolist()
        return {
            self.keys[key]: self.values[value]
            for key, value in zip(
                self.key[begin:end].tolist(), self.value[begin:end].tolist(), strict=True
            )
        }


def distinct_rows(texts: Texts, *columns: Int64Array) -> tuple[Int64Array, Int64Array]:
    """Rows with the same attributes and numbers in the columns share a number.

    A row is known by the sum of random words that stand for what it has (Zobrist hashing), so the
    order of its attributes does not matter.

    Returns:
        int64[n], the number of each row, and int64[d], a row of each number.
    """
    chance = np.random.default_rng(0)
    _, pair = texts.pairs()
    sums = np.concatenate(
        [np.zeros(1, np.uint64), np.cumsum(_words(chance, pair), dtype=np.uint64)]
    )
    known = sums[texts.offset[1:]] - sums[texts.offset[:-1]]
    for column in columns:
        known = known + _words(chance, column)
    _, first, number = np.unique(known, return_index=True, return_inverse=True)
    return number.reshape(-1), first


def _words(chance: np.random.Generator, numbers: Int64Array) -> UInt64Array:
    """A random word for each distinct number."""
    most = int(numbers.max()) + 1 if numbers.size else 0
    return chance.integers(1, 1 << 64, most, np.uint64)[numbers]


def _as_text(values: pa.StructArray) -> pa.Array:
    """Text as it is, whole numbers and flags as text, null for other types."""
    text = pc.struct_field(values, ValueField.STRING.value)
    whole = pc.struct_field(values, ValueField.INT.value).cast(pa.string())
    flag = pc.struct_field(values, ValueField.BOOL.value).cast(pa.string())
    return pc.coalesce(text, whole, flag)
