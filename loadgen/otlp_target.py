"""Where spans are sent and as whom, read from the environment names that OpenTelemetry defines.

Source: https://opentelemetry.io/docs/specs/otel/protocol/exporter/.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

from analyzer.errors import InputError
from loadgen.otlp_tls import ClientTls

DEFAULT_ENDPOINT = "http://localhost:4318"
DEFAULT_SERVICE = "locust"
DEFAULT_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OtlpTarget:
    """An OTLP/HTTP address for traces.

    Attributes:
        url: the full URL to post to.
        headers: extra headers, for instance a token.
        timeout_s: how long one request may take.
        compress: whether bodies are sent with gzip.
        tls: whom to trust and what to show, where the URL is https.
    """

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    timeout_s: float = DEFAULT_TIMEOUT_S
    compress: bool = False
    tls: ClientTls = field(default_factory=ClientTls)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read OTEL_EXPORTER_OTLP_*; the names for traces win over the general ones.

        Raises:
            InputError: the endpoint is no http(s) URL, the timeout is no number, or a certificate
                is unusable.
        """
        url = _signal(environment, "ENDPOINT", general=False)
        if not url:
            base = _signal(environment, "ENDPOINT") or DEFAULT_ENDPOINT
            url = base.rstrip("/") + "/v1/traces"
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise InputError(
                f"cannot send spans to {url!r}: not an http:// or https:// address",
                hint="set OTEL_EXPORTER_OTLP_ENDPOINT to an OTLP/HTTP address, "
                f"for instance {DEFAULT_ENDPOINT}",
            )
        tls = ClientTls(
            certificate=_signal(environment, "CERTIFICATE"),
            client_certificate=_signal(environment, "CLIENT_CERTIFICATE"),
            client_key=_signal(environment, "CLIENT_KEY"),
        )
        if urlsplit(url).scheme == "https":
            tls.context()
        return cls(
            url=url,
            headers=tuple(key_values(_signal(environment, "HEADERS")).items()),
            timeout_s=_seconds(_signal(environment, "TIMEOUT")),
            compress=_signal(environment, "COMPRESSION") == "gzip",
            tls=tls,
        )


def resource_from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The resource's attributes: OTEL_RESOURCE_ATTRIBUTES, and OTEL_SERVICE_NAME above them."""
    attributes = {"service.name": DEFAULT_SERVICE}
    attributes |= key_values(environment.get("OTEL_RESOURCE_ATTRIBUTES", ""))
    if name := environment.get("OTEL_SERVICE_NAME"):
        attributes["service.name"] = name
    return attributes


def key_values(text: str) -> dict[str, str]:
    """Read `key=value,key=value` with percent-encoded values; a part without a key is left out."""
    pairs = (part.partition("=") for part in text.split(","))
    return {key.strip(): unquote(value.strip()) for key, _, value in pairs if key.strip()}


def _signal(environment: Mapping[str, str], what: str, *, general: bool = True) -> str:
    specific = environment.get(f"OTEL_EXPORTER_OTLP_TRACES_{what}", "").strip()
    if specific or not general:
        return specific
    return environment.get(f"OTEL_EXPORTER_OTLP_{what}", "").strip()


def _seconds(milliseconds: str) -> float:
    if not milliseconds:
        return DEFAULT_TIMEOUT_S
    try:
        return float(milliseconds) / 1000
    except ValueError:
        raise InputError(
            f"OTEL_EXPORTER_OTLP_TIMEOUT is {milliseconds!r}, not a number",
            hint="give it in milliseconds, for instance 10000",
        ) from None
