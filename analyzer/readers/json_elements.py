"""A JSON text of any size, element by element: a trace of many, a resource's spans, a document.

Nobody holds the whole text. Its brackets are found by array operations, so what lies inside an
element costs no work here; whether an element is JSON at all is for whoever decodes it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from analyzer.model.columns import Int64Array

LARGEST_ELEMENT = (1 << 29) - 1
"""A longer element is none: a quote is missing somewhere, and all that follows would be one."""

PIECE_BYTES = 1 << 20

_QUOTE, _BACKSLASH = ord('"'), ord("\\")
_OPENS, _CLOSES, _CASE = ord("{"), ord("}"), 0x20
"""Square brackets differ from curly ones in one bit, as upper case from lower."""

_LONGEST_NAME = 256
_NAME = re.compile(rb'"((?:[^"\\]|\\.)*)"\s*:\s*\Z')


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """A piece of a JSON text that is a value by itself.

    Attributes:
        path: the names of the fields around it; `("data",)` for a trace in `{"data": [...]}`.
        text: its bytes.
        line: the line it begins in; 1 is the first.
        number: how many elements there are up to it.
    """

    path: tuple[str, ...]
    text: bytes
    line: int
    number: int


@dataclass(slots=True)
class ElementSplitter:
    """Cuts JSON that comes in pieces into elements; several values may follow one another.

    An element is what stands in the first array on the way inwards, if it is an object or an array:

    ```
    {"data": [{...}, {...}], "total": 2}     two elements, path ("data",)
    [[{...}], [{...}]]                       two elements, path ()
    {"result": {"resourceSpans": [{...}]}}   one element, path ("result", "resourceSpans")
    ```

    Attributes:
        whole: every outermost value is an element.
        line: the line that what comes next is in.
        problem: why there is no more to cut; '' if there is nothing wrong.
    """

    whole: bool = False
    line: int = 1
    problem: str = ""
    _rest: bytes = b""
    _number: int = 0
    _depth: int = 0
    _in_string: bool = False
    _escaped: bool = False
    _start: int = -1
    _path: list[str] = field(default_factory=list)
    _level: int = -1
    """The depth inside the array whose elements are wanted, -1 outside of it."""

    def __post_init__(self) -> None:
        """Outermost values are elements of nothing."""
        self._level = 0 if self.whole else -1

    @property
    def unfinished(self) -> int:
        """How many bytes of an unfinished element wait for more."""
        return len(self._rest) if self._start >= 0 else 0

    @property
    def is_complete(self) -> bool:
        """Whether the text may end here."""
        return self._depth == 0 and not self._in_string and not self.problem

    def split(self, piece: bytes) -> Iterator[Element]:
        """The elements that are whole with this piece."""
        if self.problem:
            return
        seen = len(self._rest)
        data = self._rest + piece if seen else piece
        position, depth = self._brackets(piece, seen)
        line, counted, last = self.line, 0, -1
        for start, stop in self._bounds(data, position, depth):
            line += data.count(b"\n", counted, start)
            counted, last = start, stop
            self._number += 1
            yield Element(
                path=tuple(self._path), text=data[start:stop], line=line, number=self._number
            )
        last = max(last, int(position[-1]) + 1 if position.size else -1)
        kept = self._start if self._start >= 0 else max(last, len(data) - _LONGEST_NAME, 0)
        self.line = line + data.count(b"\n", counted, kept)
        self._rest = data[kept:]
        self._start = 0 if self._start >= 0 else -1
        if len(self._rest) > LARGEST_ELEMENT:
            self.problem = f"an element of more than {LARGEST_ELEMENT} bytes"

    def _brackets(self, piece: bytes, base: int) -> tuple[Int64Array, Int64Array]:
        """Where brackets outside of strings are, counted from `base`, and the depth behind each."""
        text = np.frombuffer(piece, np.uint8)
        quotes = np.flatnonzero(text == _QUOTE)
        escaped = self._escapes(text)
        if escaped.size:
            quotes = quotes[~np.isin(quotes, escaped)]
        folded = text | _CASE
        brackets = np.flatnonzero((folded == _OPENS) | (folded == _CLOSES))
        inside = np.searchsorted(quotes, brackets) % 2 == (0 if self._in_string else 1)
        brackets = brackets[~inside]
        depth = np.where(folded[brackets] == _OPENS, 1, -1).cumsum() + self._depth
        self._in_string ^= bool(quotes.size % 2)
        return brackets + base, depth

    def _escapes(self, text: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> Int64Array:
        """Positions of characters behind a backslash that is not itself escaped."""
        slashes = np.flatnonzero(text == _BACKSLASH)
        first = [0] if self._escaped and text.size else []
        if first and slashes.size and slashes[0] == 0:
            slashes = slashes[1:]
        if not slashes.size:
            self._escaped = self._escaped and not text.size
            return np.array(first, np.int64)
        begins = np.flatnonzero(np.diff(slashes, prepend=-2) != 1)
        lengths = np.diff(begins, append=slashes.size)
        behind = slashes[begins] + lengths
        escaped = behind[lengths % 2 == 1]
        self._escaped = bool(escaped.size) and int(escaped[-1]) == text.size
        return np.concatenate((np.array(first, np.int64), escaped))

    def _bounds(
        self, data: bytes, position: Int64Array, depth: Int64Array
    ) -> Iterator[tuple[int, int]]:
        """Start and stop of every element that ends here; leaves the state behind the last."""
        ends: dict[int, Int64Array] = {}
        at = 0
        while at < position.size:
            if self._level < 0 or (self._start < 0 and int(depth[at]) < self._level):
                self._step_outside(data, position, depth, at)
                if self.problem:
                    return
                at += 1
                continue
            if self._start < 0:
                self._start = int(position[at])
            if self._level not in ends:
                ends[self._level] = np.flatnonzero(depth == self._level)
            same = ends[self._level]
            found = int(np.searchsorted(same, at))
            if found == same.size:
                self._depth = int(depth[-1])
                return
            end = int(same[found])
            start, self._start, self._depth = self._start, -1, self._level
            yield start, int(position[end]) + 1
            at = end + 1

    def _step_outside(self, data: bytes, position: Int64Array, depth: Int64Array, at: int) -> None:
        """Go over one bracket around the elements."""
        place, before = int(position[at]), self._depth
        self._depth = int(depth[at])
        if self._depth < before:
            self._level = -1
            if self._path:
                self._path.pop()
            elif self._depth < 0:
                self.problem = "a bracket that closes nothing"
            return
        if before:
            name = _NAME.search(data, max(0, place - _LONGEST_NAME), place)
            self._path.append(name[1].decode("utf-8", "replace") if name else "")
        if data[place] != _OPENS:
            self._level = self._depth


def elements(stream: BinaryIO, splitter: ElementSplitter) -> Iterator[Element]:
    """All elements of a stream. What the splitter says afterwards tells whether it was whole."""
    while not splitter.problem:
        piece = stream.read(max(PIECE_BYTES, splitter.unfinished))
        if not piece:
            return
        yield from splitter.split(piece)
