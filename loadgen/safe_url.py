"""URLs as they may be shown: whom they address, without what nobody else should read."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

HIDDEN = "REDACTED"

SECRET_PARAMETERS = re.compile(
    r"(?<=[?&])(AWSAccessKeyId|Signature|sig|X-Goog-Signature)=[^&#]*", re.IGNORECASE
)
"""Query parameters whose values the semantic conventions ask to hide.

Source: `url.full` in https://opentelemetry.io/docs/specs/semconv/registry/attributes/url/.
"""

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicUrl:
    """A URL that can be stored with a span.

    Attributes:
        full: the URL without user name, password and known secret parameters.
        address: host name or IP address, empty where the URL names none.
        port: the port asked for, or the scheme's own; None where neither is known.
    """

    full: str
    address: str
    port: int | None

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read a URL as the client was given it; what is no URL keeps its text, without address."""
        try:
            parts = urlsplit(text)
            address, port = parts.hostname or "", parts.port
        except ValueError:
            return cls(full=text.rpartition("@")[2], address="", port=None)
        if "@" in parts.netloc:
            text = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        return cls(
            full=SECRET_PARAMETERS.sub(rf"\1={HIDDEN}", text),
            address=address,
            port=port if port is not None else _DEFAULT_PORTS.get(parts.scheme),
        )
