"""What became of one request that was passed on."""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

PLAIN_WORDS: Final = (
    ("connection refused", "connection refused"),
    ("connection reset", "the connection was closed"),
    ("socket closed", "the connection was closed"),
    ("goaway", "the connection was closed"),
    ("broken pipe", "the connection was closed"),
    ("no route to host", "no route to host"),
    ("network is unreachable", "network is unreachable"),
    ("name or service not known", "there is no such host"),
    ("dns resolution failed", "there is no such host"),
    ("domain name not found", "there is no such host"),
    ("ip address mismatch", "its certificate is for another name"),
    ("hostname mismatch", "its certificate is for another name"),
    ("hostname verification check failed", "its certificate is for another name"),
    ("certificate verify failed", "its certificate is not trusted"),
    ("certificate_verify_failed", "its certificate is not trusted"),
    ("certificate required", "it asks for a certificate"),
    ("certificate_required", "it asks for a certificate"),
    ("remote end closed", "the connection was closed"),
    ("eof occurred", "the connection was closed"),
    ("deadline exceeded", "no answer"),
    ("timed out", "no answer"),
)
"""What libraries and operating systems say, in lower case, and the same in few words."""

LONGEST: Final = 200
"""Characters of another program's message that are kept."""


class Verdict(Enum):
    """What a target said to a request."""

    TAKEN = "taken"
    LATER = "later"
    """It, or the way to it, is not able to now."""
    REFUSED = "refused"
    """It will never take it, whatever is in it."""
    BAD = "bad"
    """It finds fault with something in it."""
    TOO_LARGE = "too large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a request.

    Attributes:
        refused: items that a target refused of a request that it took.
        why: why it took not all of it.
        after_s: when it asks to be asked again.
    """

    verdict: Verdict
    refused: int = 0
    why: str = ""
    after_s: float | None = None


class Sender(Protocol):
    """A way to one target for requests of one signal, for one thread."""

    def send(self, body: bytes, timeout_s: float) -> Outcome:
        """Send a request and wait for its answer, no longer than the timeout."""
        ...

    def cut(self) -> None:
        """End the call that is under way, from another thread; nothing is sent after that."""
        ...


def plain(message: str) -> str:
    """What went wrong, in few words and on one line."""
    lower = message.lower()
    for words, short in PLAIN_WORDS:
        if words in lower:
            return short
    shown = "".join(letter if letter.isprintable() else " " for letter in message[:LONGEST])
    return " ".join(shown.split()) or "it does not say why"
