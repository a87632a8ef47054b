"""Requests as hypothesis draws them: all that the wire format allows, and some that it does not."""

from random import Random

from hypothesis import strategies as st

from analyzer.model.naming import RESOURCE_KEYS, SPAN_KEYS
from tests.readers import wire

INT64 = st.integers(-(1 << 63), (1 << 63) - 1)
TIMES = st.one_of(
    st.integers(wire.NOON_NS, wire.NOON_NS + 5_000),
    st.sampled_from((None, 0, 1, wire.NOON_NS, (1 << 63) - 1, 1 << 63, -1)),
)
NAMES = st.sampled_from(
    (
        *("GET", "", " POST ", "GET /users/17", "HTTP", "select 1", "SELECT", "/cart/9", "日本"),
        *("GET http://h:1/a/2?b", "\u00a0GET\u2003", "A" * 7, "A" * 8, "A" * 9, "x" * 300),
    )
).map(str.encode) | st.binary(max_size=20)
URLS = st.sampled_from(
    (
        *("http://shop:80/products/17?q=1", "https://a:b@host/x#y", "http://[::1", "//h/a://b/c"),
        *("?q=1", "/a/1?b=2#c", "#", "", "a:b://c/d", "http://h?x", "http://", "/", "x", "80"),
    )
).map(str.encode) | st.text(alphabet="ab:/?#@[]1\t ", max_size=14).map(str.encode)
IDS = st.sampled_from((*(wire.SPAN,) * 16, bytes(8), wire.SPAN[:7], b"", None))
TRACE_IDS = st.sampled_from((*(wire.TRACE,) * 16, bytes(16), wire.TRACE[1:], b"", None))
CHANCE = st.randoms(use_true_random=False)


def shuffled(parts: list[bytes], chance: Random) -> bytes:
    """A message of these parts in any order."""
    chance.shuffle(parts)
    return b"".join(parts)


def values() -> st.SearchStrategy[bytes]:
    """AnyValues, some with several fields or fields that nobody knows."""
    one = st.one_of(
        URLS.map(wire.text),
        st.binary(max_size=9).map(wire.text),
        INT64.map(lambda value: wire.whole(3, value)),
        st.integers(0, 3).map(lambda value: wire.whole(2, value)),
        st.just(wire.fixed64(4, 17)),
        st.sampled_from((5, 6, 7)).map(lambda number: wire.part(number, b"abc")),
        st.just(wire.fixed32(1, 5)),
    )
    return st.lists(one, max_size=2).map(b"".join)


def unknown() -> st.SearchStrategy[bytes]:
    """Fields that nobody reads, or known ones of another type."""
    numbers = st.sampled_from((1, 2, 5, 6, 9, 16, 99, 1 << 28))
    return st.one_of(
        st.builds(wire.whole, numbers, INT64),
        st.builds(wire.fixed32, numbers, st.integers(0, 9)),
        st.builds(wire.fixed64, st.sampled_from((1, 6, 99)), st.integers(0, 9)),
        st.builds(wire.part, st.sampled_from((3, 10, 11, 99)), st.binary(max_size=12)),
    )


@st.composite
def attributes(draw: st.DrawFn, keys: tuple[str, ...]) -> bytes:
    """A KeyValue in any order of its fields, either of them twice or missing."""
    key = draw(st.sampled_from(keys) | st.sampled_from(("a", "", "http.response.status_code_")))
    parts = [wire.part(1, key.encode()), wire.part(2, draw(values()))]
    parts += draw(st.lists(values().map(lambda value: wire.part(2, value)) | unknown(), max_size=1))
    return shuffled(parts, draw(CHANCE))


@st.composite
def links(draw: st.DrawFn) -> bytes:
    ids = ((1, draw(TRACE_IDS)), (2, draw(IDS)))
    parts = [wire.part(number, value) for number, value in ids if value is not None]
    return shuffled(parts + draw(st.lists(unknown(), max_size=1)), draw(CHANCE))


@st.composite
def spans(draw: st.DrawFn) -> bytes:
    """A span whose fields are in any order; most of them are sound."""
    fields = wire.WireSpan(
        trace_id=draw(TRACE_IDS),
        span_id=draw(IDS),
        parent_id=draw(IDS),
        name=draw(st.none() | NAMES),
        kind=draw(st.none() | st.integers(-1, 7) | INT64),
        start=draw(TIMES),
        end=draw(TIMES),
    ).fields()
    fields += [wire.part(9, draw(attributes(SPAN_KEYS))) for _ in range(draw(st.integers(0, 5)))]
    fields += [wire.part(13, draw(links())) for _ in range(draw(st.integers(0, 2)))]
    codes = st.integers(-1, 3).map(lambda code: wire.part(15, wire.whole(3, code)))
    fields += draw(st.lists(codes | st.just(wire.part(15, b"")) | unknown(), max_size=3))
    return shuffled(fields, draw(CHANCE))


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """A request whose resources may stand before, behind or between their spans."""
    resource_spans = []
    for _ in range(draw(st.integers(0, 2))):
        resource = [wire.part(1, draw(attributes(RESOURCE_KEYS))) for _ in range(2)]
        parts = [wire.part(1, encoded) for encoded in resource]
        for _ in range(draw(st.integers(0, 2))):
            scope_spans = [wire.part(2, draw(spans())) for _ in range(draw(st.integers(0, 3)))]
            parts.append(wire.part(2, b"".join(scope_spans)))
        parts += draw(st.lists(unknown(), max_size=1))
        resource_spans.append(wire.part(1, shuffled(parts, draw(CHANCE))))
    return b"".join(resource_spans)


@st.composite
def named_spans(draw: st.DrawFn) -> bytes:
    """A sound span of which everything that its name is made from varies."""
    pairs = draw(st.lists(st.tuples(st.sampled_from(SPAN_KEYS), URLS), max_size=4))
    attributes = (wire.part(9, wire.attribute(key, wire.text(value))) for key, value in pairs)
    kind, name = draw(st.integers(0, 5)), draw(NAMES)
    return wire.WireSpan(kind=kind, name=name, extra=tuple(attributes)).encoded()
