"""A backend's HTTP: asked again where that may help, and plain words where it does not.

Answers go to disk before anybody looks at them: they may be large, and half of one is none.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, cast

import requests
import urllib3

from analyzer.pull.address import Address
from analyzer.pull.complaints import (
    NotJson,
    Unanswered,
    answered,
    refused,
    unreachable,
    untrusted,
    why,
)

ATTEMPTS: Final = 5
"""With the pauses between them a backend has some 8 s to come back."""

FIRST_PAUSE_S: Final = 0.5
"""Doubled with every attempt."""

LONGEST_PAUSE_S: Final = 60.0
"""However long a backend asks for."""

CONNECT_S: Final = 10.0

IN_MEMORY_BYTES: Final = 8 << 20
"""A larger answer lies on disk."""

_CHUNK_BYTES: Final = 1 << 20

OK, NOT_FOUND, TOO_MANY, SERVER_ERROR = 200, 404, 429, 500

JSON: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer.

    Attributes:
        found: whether there is such a thing; else the body says what the backend thinks of it.
        media: its media type, '' if it says none.
        body: its bytes, decompressed, from the first on.
    """

    found: bool
    media: str
    body: BinaryIO


@dataclass(slots=True, kw_only=True)
class Web:
    """A backend at an address.

    Attributes:
        address: where it is.
        silence_s: how long it may be silent before it is given up.
        heeded: within it a signal may end what is waited for.
        pause: waits for some seconds.
    """

    address: Address
    silence_s: float
    heeded: Callable[[], AbstractContextManager[None]] = nullcontext
    pause: Callable[[float], None] = time.sleep
    _session: requests.Session = field(default_factory=requests.Session)
    _reached: bool = False

    def __post_init__(self) -> None:
        """Let urllib3 not complain of what was asked for."""
        if self.address.verify is False:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def json(self, path: str, query: Mapping[str, str]) -> Any | None:  # noqa: ANN401  any JSON
        """What an answer in JSON says; None where there is no such thing.

        Raises:
            NotJson: it is something else.
            InputError: as `get`.
        """
        with self.get(path, query) as answer:
            if not answer.found:
                return None
            try:
                return json.load(answer.body)
            except ValueError as error:
                raise NotJson(self.address.shown + path, answer.media) from error

    @contextmanager
    def get(self, path: str, query: Mapping[str, str], *, accept: str = JSON) -> Iterator[Answer]:
        """Ask for something, and again for a while where the backend is busy or the line breaks.

        Raises:
            InputError: it is not there, does not let us in, or does not understand.
        """
        with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as file:
            body = cast("BinaryIO", file)
            found, media = self._insist(_Asked(path=path, query=query, accept=accept), body)
            body.seek(0)
            yield Answer(found=found, media=media, body=body)

    def _insist(self, asked: "_Asked", body: BinaryIO) -> tuple[bool, str]:
        pauses = [FIRST_PAUSE_S * 2**attempt for attempt in range(ATTEMPTS - 1)]
        for pause in [*pauses, None]:
            body.seek(0)
            body.truncate()
            try:
                with self.heeded():
                    return self._ask(asked, body)
            except _TryAgain as again:
                if pause is None:
                    raise Unanswered(self.address.shown + asked.path, again.why) from again
                wait = pause if again.after is None else min(again.after, LONGEST_PAUSE_S)
            with self.heeded():
                self.pause(wait)
        raise AssertionError  # the last attempt has returned or raised

    def _ask(self, asked: "_Asked", body: BinaryIO) -> tuple[bool, str]:
        """Whether there is such a thing, and its media type; the answer is in the body then."""
        where = self.address.shown + asked.path
        try:
            with self._session.get(
                where,
                params=asked.query,
                headers={"Accept": asked.accept, **self.address.headers},
                auth=self.address.authorize,
                timeout=(CONNECT_S, self.silence_s),
                verify=self.address.verify,
                allow_redirects=False,
                stream=True,
            ) as response:
                self._reached = True
                self._check(response, where)
                for chunk in response.iter_content(_CHUNK_BYTES):
                    body.write(chunk)
        except requests.exceptions.SSLError as error:
            raise untrusted(self.address.shown, error) from error
        except (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ContentDecodingError,
        ) as error:
            if not self._reached:
                raise unreachable(self.address.shown, error) from error
            raise _TryAgain(why(error)) from error
        except requests.RequestException as error:
            raise unreachable(self.address.shown, error) from error
        return response.status_code != NOT_FOUND, _media(response)

    def _check(self, response: requests.Response, where: str) -> None:
        """Let pass what is an answer: one that says there is no such thing is one too."""
        code = response.status_code
        if code in (OK, NOT_FOUND):
            return
        if code == TOO_MANY or code >= SERVER_ERROR:
            raise _TryAgain(
                answered(self.address, response),
                after=_seconds(response.headers.get("Retry-After")),
            )
        raise refused(self.address, where, response)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    path: str
    query: Mapping[str, str]
    accept: str


class _TryAgain(Exception):  # noqa: N818  reads as what it is
    """No answer this time."""

    def __init__(self, why: str, *, after: float | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.after = after


def _media(response: requests.Response) -> str:
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _seconds(text: str | None) -> float | None:
    """What `Retry-After` says; a date is as if it said nothing."""
    return float(text) if text is not None and text.strip().isdigit() else None
