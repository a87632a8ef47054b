"""What services are told of a receiver wins over what the person's shell says of another one."""

from services.launcher import Telemetry

CERTIFICATE = "OTEL_EXPORTER_OTLP_CERTIFICATE"
HEADERS = "OTEL_EXPORTER_OTLP_HEADERS"


def test_all_that_is_known_is_told() -> None:
    told = Telemetry(endpoint="https://127.0.0.1:1", more={HEADERS: "a=b"}).variables()
    assert told == {"OTEL_EXPORTER_OTLP_ENDPOINT": "https://127.0.0.1:1", HEADERS: "a=b"}
    assert Telemetry().variables() == {}


def test_settings_for_one_signal_alone_do_not_lead_elsewhere() -> None:
    for name in ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"):
        assert Telemetry(endpoint="http://127.0.0.1:1").overruled_by(name)
        assert not Telemetry().overruled_by(name)
    assert not Telemetry(endpoint="http://127.0.0.1:1").overruled_by(HEADERS)


def test_a_bundle_of_the_shell_does_not_hide_the_receiver_s_authority() -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        assert Telemetry(more={CERTIFICATE: "ca.pem"}).overruled_by(name)
        assert not Telemetry(endpoint="http://127.0.0.1:1").overruled_by(name)
