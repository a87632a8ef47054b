"""Where a backend is, and how it lets us in: the one place that holds secrets."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit, urlunsplit

import requests

from analyzer.errors import InputError

TOKEN_VARIABLE = "SLOWHOP_PULL_TOKEN"
"""The environment variable that may hold a token."""

SHORTEST_SECRET = 6
"""What is shorter is a word that may stand anywhere, and gives nothing away."""

_URL_HINT = "write it like http://localhost:16686, with the path it is served under"
_HEADER_HINT = "write it like --header 'X-Scope-OrgID: shop'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A backend's address.

    Attributes:
        shown: the URL without user and password, and without a slash at its end.
        headers: sent with every request.
        verify: the file of authorities to trust in place of the usual ones, or whether to trust
            those at all.
    """

    shown: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    verify: str | bool = True
    _authorization: str | None = field(default=None, repr=False)

    @classmethod
    def of(
        cls,
        url: str,
        *,
        headers: Sequence[str] = (),
        token: str | None = None,
        ca: Path | None = None,
        verify: bool = True,
    ) -> Self:
        """An address as a person writes it.

        Args:
            url: http or https, perhaps with user and password.
            headers: texts like `Name: value`.
            token: sent as a bearer token.
            ca: the authorities to trust.
            verify: whether to look at the certificate at all.

        Raises:
            InputError: it is no such thing; the message holds no secret.
        """
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
            raise InputError("that is no URL of a backend", hint=_URL_HINT)
        if ca is not None and not ca.is_file():
            raise InputError(f"there is no file {ca}", hint="name a file of certificates (PEM)")
        authorization = None
        if token:
            authorization = f"Bearer {token.strip()}"
        elif parts.username is not None:
            user, password = unquote(parts.username), unquote(parts.password or "")
            basic = base64.b64encode(f"{user}:{password}".encode()).decode()
            authorization = f"Basic {basic}"
        return cls(
            shown=urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", "")),
            headers=dict(_header(text) for text in headers),
            verify=verify if ca is None else str(ca),
            _authorization=authorization,
        )

    def authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Say who asks, unless a header does; no other place is looked at, such as a `.netrc`."""
        if self._authorization is not None:
            request.headers.setdefault("Authorization", self._authorization)
        return request

    def without_secrets(self, text: str) -> str:
        """A text from elsewhere, should it repeat what was sent."""
        sent = [*self.headers.values(), self._authorization or ""]
        words = {part for value in sent for part in (value, value.rpartition(" ")[2])}
        for secret in sorted(words, key=len, reverse=True):
            if len(secret) >= SHORTEST_SECRET:
                text = text.replace(secret, "***")
        return text


def _header(text: str) -> tuple[str, str]:
    name, colon, value = (part.strip() for part in text.partition(":"))
    sound = name.replace("-", "").replace("_", "").isalnum() and name.isascii()
    if not colon or not sound or not value.isprintable() or not value.isascii():
        raise InputError("a header has a name, a colon and a value", hint=_HEADER_HINT)
    return name, value
