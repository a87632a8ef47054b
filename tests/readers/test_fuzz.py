"""No input makes a reader raise, hang, or give spans that cannot be."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.make_samples import SHOP, shop_in
from tests.readers.damage import READERS, damaged
from tests.readers.shop import NAMES, write_shop
from tests.readers.surviving import survives

FORMATS = tuple(READERS)
TRAPS = Path(__file__).parents[2] / "samples" / "traps"
QUICK = settings(deadline=None, max_examples=60)

NAMES_OF_FIELDS = (
    *("resourceSpans", "scopeSpans", "instrumentationLibrarySpans", "spans", "resource", "scope"),
    *("attributes", "key", "value", "stringValue", "intValue", "traceId", "spanId", "status"),
    *("parentSpanId", "startTimeUnixNano", "endTimeUnixNano", "kind", "name", "links", "events"),
    *("data", "traceID", "spanID", "processes", "process", "p1", "processID", "references"),
    *("refType", "operationName", "startTime", "duration", "tags", "logs", "fields", "serviceName"),
    *("id", "parentId", "timestamp", "localEndpoint", "remoteEndpoint", "annotations", "shared"),
    *("batches", "trace", "result", "context", "trace_id", "span_id", "parent_id", "start_time"),
    *("type", "ipv4", "port", "code", "resourceMetrics", "total", "errors"),
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        ("", "0", "ab12", "a" * 16, "b" * 32, "CHILD_OF", "client", "int64", "x" * 50)
    )
    | st.text(max_size=8)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES_OF_FIELDS), inner, max_size=6)
    ),
    max_leaves=20,
)
OBJECTS = st.dictionaries(st.sampled_from(NAMES_OF_FIELDS), VALUES, max_size=12)

Document = Callable[[list[Any]], Any]

ENVELOPES: dict[str, Document] = {
    "otlp-jsonl": lambda spans: {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]},
    "otlp-json": lambda spans: {"resourceSpans": spans},
    "jaeger-v3": lambda spans: {"result": {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}},
    "tempo": lambda spans: {"batches": [{"scopeSpans": spans}]},
    "jaeger": lambda spans: {"data": [{"spans": spans, "processes": {"p1": {"tags": spans}}}]},
    "zipkin": lambda spans: spans,
    "python-console": lambda spans: [{"name": "x", "context": {}} | span for span in spans],
}
"""Where a format has its spans, or what is around them."""


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[bytes]]:
    """Small files of every format, and all traps for each."""
    directory = tmp_path_factory.mktemp("shop")
    write_shop(directory)
    traps = [path.read_bytes() for path in sorted(TRAPS.iterdir()) if path.suffix != ".json"]
    found = {name: [(directory / NAMES[name]).read_bytes(), *traps] for name in FORMATS}
    for name in SHOP:
        found[name].append(shop_in(name)[:6_000])
    for path in sorted(TRAPS.glob("*.json")):
        if not path.name.endswith(".expected.json"):
            for name in FORMATS:
                found[name].append(path.read_bytes())
    return found


@pytest.mark.parametrize("name", FORMATS)
@QUICK
@given(data=st.binary(max_size=300))
def test_any_bytes(name: str, data: bytes) -> None:
    survives(READERS[name], data)


@pytest.mark.parametrize("name", FORMATS)
@QUICK
@given(seed=st.integers(0, 1 << 32))
def test_damaged_samples(name: str, seed: int, samples: dict[str, list[bytes]]) -> None:
    chance = random.Random(seed)
    survives(READERS[name], damaged(chance.choice(samples[name]), chance))


@pytest.mark.parametrize("name", sorted(ENVELOPES))
@QUICK
@given(objects=st.lists(OBJECTS, max_size=3))
def test_any_json_with_the_names_of_fields(name: str, objects: list[dict[str, object]]) -> None:
    document = ENVELOPES[name](objects)
    survives(READERS[name], orjson.dumps(document))
    survives(READERS[name], orjson.dumps(document, option=orjson.OPT_INDENT_2))
