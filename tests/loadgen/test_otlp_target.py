import pytest

from analyzer.errors import InputError
from loadgen.otlp_target import OtlpTarget, key_values, resource_from_environment

GENERAL = "OTEL_EXPORTER_OTLP_ENDPOINT"
TRACES = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, "http://localhost:4318/v1/traces"),
        ({GENERAL: "http://c:1"}, "http://c:1/v1/traces"),
        ({GENERAL: "https://c/base/"}, "https://c/base/v1/traces"),
        ({GENERAL: "http://c:1", TRACES: "http://t:2/own"}, "http://t:2/own"),
        ({TRACES: "http://t:2/"}, "http://t:2/"),
    ],
)
def test_the_address_is_read_as_the_specification_says(
    environment: dict[str, str], url: str
) -> None:
    assert OtlpTarget.from_environment(environment).url == url


@pytest.mark.parametrize("endpoint", ["c:4318", "grpc://c:4317", "http://", "nonsense"])
def test_an_unusable_address_is_an_error_with_a_hint(endpoint: str) -> None:
    with pytest.raises(InputError, match="cannot send spans"):
        OtlpTarget.from_environment({GENERAL: endpoint})


def test_names_for_traces_win_over_general_ones() -> None:
    target = OtlpTarget.from_environment(
        {
            "OTEL_EXPORTER_OTLP_HEADERS": "a=1",
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "b=2, c=3%203",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "2500",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        }
    )
    assert target.headers == (("b", "2"), ("c", "3 3"))
    assert target.timeout_s == 2.5
    assert target.compress


def test_a_timeout_that_is_no_number_is_an_error() -> None:
    with pytest.raises(InputError, match="not a number"):
        OtlpTarget.from_environment({"OTEL_EXPORTER_OTLP_TIMEOUT": "soon"})


def test_the_resource_has_a_name() -> None:
    assert resource_from_environment({}) == {"service.name": "locust"}
    told = {"OTEL_RESOURCE_ATTRIBUTES": "service.name=a,b=c"}
    assert resource_from_environment(told) == {"service.name": "a", "b": "c"}
    assert resource_from_environment({**told, "OTEL_SERVICE_NAME": "d"})["service.name"] == "d"


def test_parts_without_a_key_are_left_out() -> None:
    assert key_values("a=b,,=c, d = e ,f") == {"a": "b", "d": "e", "f": ""}
