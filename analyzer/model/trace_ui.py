"""Where traces can be looked at: the address of Jaeger's web page, and a trace's page on it."""

import re
from typing import Final
from urllib.parse import urlsplit

_HOST: Final = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
_PATH: Final = re.compile(r"[A-Za-z0-9._~/-]*")
"""What a page's address needs; nothing that means anything to a terminal, to Markdown or HTML."""


def ui_address(text: str) -> str | None:
    """The address as it may be kept and shown: no user name or password, no query, no `/` last.

    None where it is no address of http or https.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        return None
    if parts.query or parts.fragment or not _PATH.fullmatch(parts.path):
        return None
    named = f"[{host}]" if ":" in host else host
    where = named if port is None else f"{named}:{port}"
    return f"{parts.scheme}://{where}{parts.path.rstrip('/')}"


def trace_url(ui: str, trace_id: str) -> str:
    """A trace's page: `ui` is what `ui_address` gave, the id is in hexadecimal."""
    return f"{ui}/trace/{trace_id}"
