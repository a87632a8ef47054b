from dataclasses import replace

import pytest

from loadgen.advice import CollectorAddresses, Missing, advice

COLLECTOR = CollectorAddresses(grpc="10.0.0.5:14317", http="10.0.0.5:14318")


@pytest.mark.parametrize("missing", list(Missing))
def test_what_to_run_names_the_addresses_in_use(missing: Missing) -> None:
    text = "\n".join(advice(missing, COLLECTOR))
    assert "OTEL_EXPORTER_OTLP_ENDPOINT=http://10.0.0.5:14318" in text
    assert "OTEL_EXPORTER_OTLP_ENDPOINT=http://10.0.0.5:14317" in text
    assert "opentelemetry-instrument python app.py" in text
    assert "-javaagent:opentelemetry-javaagent.jar" in text
    assert "--require @opentelemetry/auto-instrumentations-node/register" in text
    assert "OTEL_SERVICE_NAME=" in text
    assert "4318" not in text.replace("14318", "")


def test_the_two_cases_say_different_things() -> None:
    nothing, services = (advice(missing, COLLECTOR) for missing in Missing)
    assert "No spans arrived" in nothing[0]
    assert "Only the load generator's spans" in services[0]
    assert any("traceparent" in line for line in services)
    assert not any("traceparent" in line for line in nothing)


def test_what_a_guarded_collector_needs_is_named_without_secrets() -> None:
    guarded = replace(COLLECTOR, tls=True, client_certificates=True, token=True)
    for missing in Missing:
        text = "\n".join(advice(missing, guarded))
        assert "http://" not in text
        assert "OTEL_EXPORTER_OTLP_ENDPOINT=https://10.0.0.5:14318" in text
        assert "OTEL_EXPORTER_OTLP_ENDPOINT=https://10.0.0.5:14317" in text
        [line] = [line for line in advice(missing, guarded) if "Bearer" in line]
        assert line == (
            "  export OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20TOKEN"
            " OTEL_EXPORTER_OTLP_CERTIFICATE=ca.pem"
            " OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE=client.pem"
            " OTEL_EXPORTER_OTLP_CLIENT_KEY=client.key"
        )


def test_each_thing_is_named_only_where_it_is_needed() -> None:
    token = "\n".join(advice(Missing.EVERYTHING, replace(COLLECTOR, token=True)))
    assert "OTEL_EXPORTER_OTLP_HEADERS" in token
    assert "CERTIFICATE" not in token
    open_to_all = "\n".join(advice(Missing.EVERYTHING, COLLECTOR))
    assert "HEADERS" not in open_to_all
    assert "CERTIFICATE" not in open_to_all
