"""Why a backend cannot be asked, in the words of who wants to ask it."""

from typing import Final
from urllib.parse import urlsplit

import requests

from analyzer.errors import InputError
from analyzer.pull.address import TOKEN_VARIABLE, Address

BASE_PATH_HINT: Final = (
    "check the URL: a path may be missing that it is served under, like http://host/jaeger"
)

_TOLD_BYTES = 4096
_TOLD_CHARACTERS = 200

_LOGIN = (401, 403)
_ELSEWHERE = range(300, 400)


class Unanswered(InputError):  # noqa: N818  reads as what it is: this is unanswered
    """A backend that gave no answer, however often it was asked."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(
            f"{where} gives no answer: it {why}",
            hint="look at the backend; a smaller --page asks it for less at once",
        )


class NotJson(InputError):  # noqa: N818  reads as what it is: this is not JSON
    """Something else where JSON should be: a page to log in, say."""

    def __init__(self, where: str, media: str) -> None:
        what = f"({media or 'no media type'})"
        super().__init__(f"{where} answers with something that is not JSON {what}", hint=_PAGE_HINT)


_PAGE_HINT = (
    "it may be a web page or a login: "
    f"check the URL and its path, and whether it needs a token ({TOKEN_VARIABLE}) or a --header"
)


def unreachable(shown: str, error: Exception) -> InputError:
    """Nobody answers at all."""
    hint = "check that it runs, that its port is the query API's, and that it can be reached"
    return InputError(f"{shown} cannot be reached: it {why(error)}", hint=hint)


def untrusted(shown: str, error: Exception) -> InputError:
    """The certificate is not one that is trusted."""
    return InputError(
        f"{shown} cannot be trusted: it {why(error)}",
        hint="name the authority that signed its certificate with --ca FILE",
    )


def refused(address: Address, where: str, response: requests.Response) -> InputError:
    """It does not do what it was asked for."""
    code = response.status_code
    if code in _LOGIN:
        return InputError(
            f"{address.shown} does not let us in ({code})",
            hint=f"set {TOKEN_VARIABLE} to a token, or give --header 'Authorization: ...'",
        )
    if code in _ELSEWHERE:
        to = urlsplit(response.headers.get("Location", ""))
        other = f"{to.scheme}://{to.hostname}{to.path}" if to.hostname else to.path
        return InputError(
            f"{where} sends us to {_printable(other)}",
            hint="give the URL of the backend itself; a login page has to be passed with a token",
        )
    return InputError(
        f"{where} {answered(address, response)}",
        hint="change the query, or ask for less with --page, --last or --limit",
    )


def answered(address: Address, response: requests.Response) -> str:
    """What was answered in place of traces, and the beginning of what it says of that."""
    told: bytes = next(response.iter_content(_TOLD_BYTES), b"")
    said = address.without_secrets(_printable(told.decode("utf-8", "replace")))
    return f"answers {response.status_code}{f': {said}' if said else ''}"


def why(error: BaseException) -> str:
    """What the operating system said, as deep as it is buried; else what kind of error it is."""
    met: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        found = waiting.pop(0)
        if not isinstance(found, BaseException) or found in met:
            continue
        met.append(found)
        if isinstance(found, OSError) and isinstance(found.strerror, str):
            return f"says {found.strerror!r}"
        waiting += [*found.args, getattr(found, "reason", None), found.__cause__, found.__context__]
    if isinstance(error, requests.Timeout):
        return "is silent for too long"
    return "breaks off in the middle"


def _printable(text: str) -> str:
    words = " ".join(text.split())
    return "".join(c if c.isprintable() else "?" for c in words)[:_TOLD_CHARACTERS]
