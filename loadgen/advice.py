"""What to do when the services' spans do not arrive, for the addresses in use."""

from dataclasses import dataclass
from enum import Enum


class Missing(Enum):
    """Whose spans did not arrive."""

    EVERYTHING = "everything"
    SERVICES = "services"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorAddresses:
    """Where the collector listens, as services reach it: `host:port`, and what it asks of them.

    Attributes:
        tls: whether they have to speak TLS.
        client_certificates: whether they need a certificate.
        token: whether they need a token; which one is not to be shown.
    """

    grpc: str
    http: str
    tls: bool = False
    client_certificates: bool = False
    token: bool = False

    def url(self, address: str) -> str:
        """An address as an endpoint."""
        return f"{'https' if self.tls else 'http'}://{address}"


def advice(missing: Missing, collector: CollectorAddresses) -> tuple[str, ...]:
    """Plain lines for a person: what is missing, why it may be, and what to set or run.

    Lines that begin with two blanks can be copied into a shell.
    """
    return (
        *_REASONS[missing],
        *_let_in(collector),
        *_instrument(collector),
        *_also(missing, collector),
    )


_REASONS = {
    Missing.EVERYTHING: (
        "No spans arrived: neither the services nor the load generator sent any.",
        "Start the services with OpenTelemetry and send their spans to this collector.",
    ),
    Missing.SERVICES: (
        "Only the load generator's spans arrived, none of a service that it calls.",
        "Either the services are not instrumented, or they send their spans elsewhere.",
    ),
}


def _let_in(collector: CollectorAddresses) -> tuple[str, ...]:
    """What every service needs besides the endpoint, in places to be filled in."""
    needed = {
        "HEADERS=authorization=Bearer%20TOKEN": collector.token,
        "CERTIFICATE=ca.pem": collector.tls,
        "CLIENT_CERTIFICATE=client.pem": collector.client_certificates,
        "CLIENT_KEY=client.key": collector.client_certificates,
    }
    settings = [f"OTEL_EXPORTER_OTLP_{text}" for text, is_needed in needed.items() if is_needed]
    if not settings:
        return ()
    return (
        "For this collector every service needs, with your token and files:",
        f"  export {' '.join(settings)}",
    )


def _instrument(collector: CollectorAddresses) -> tuple[str, ...]:
    http = collector.url(collector.http)
    over_http = (
        f"OTEL_EXPORTER_OTLP_ENDPOINT={http} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"
        " OTEL_SERVICE_NAME=my-service"
    )
    return (
        "Python:",
        "  pip install opentelemetry-distro opentelemetry-exporter-otlp"
        " && opentelemetry-bootstrap -a install",
        f"  {over_http} opentelemetry-instrument python app.py",
        "Java:",
        f"  {over_http} java -javaagent:opentelemetry-javaagent.jar -jar app.jar",
        "Node.js:",
        f"  {over_http} node --require @opentelemetry/auto-instrumentations-node/register app.js",
        "Anything that is instrumented already, over gRPC:",
        f"  export OTEL_EXPORTER_OTLP_ENDPOINT={collector.url(collector.grpc)}"
        " OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
    )


def _also(missing: Missing, collector: CollectorAddresses) -> tuple[str, ...]:
    lines = [
        "In a container 127.0.0.1 is the container itself: let the collector listen on an address"
        " that containers reach.",
    ]
    if missing is Missing.SERVICES:
        lines.append(
            "Spans that arrive without belonging to a request: the service has to continue the"
            " traceparent header (OTEL_PROPAGATORS=tracecontext,baggage)."
        )
    else:
        lines.append(
            "Of the load: what users report to locust is traced; another load tool sends its"
            f" spans to {collector.url(collector.http)}/v1/traces by itself."
        )
    return tuple(lines)
