"""Reads from locust's output why it did not run, and what a person can do about it."""

import re
from dataclasses import dataclass

_LOG_PREFIX = re.compile(r"\[\d{4}-[^]]*\] [^/\s]+/(?P<level>[A-Z]+)/[^:]*: (?P<text>.*)")

_FRAME = re.compile(r'\s*File "(?P<file>[^"]+)", line (?P<line>\d+)')

_TRACEBACK = "Traceback (most recent call last):"

_INSTALLED = ("site-packages", "<frozen", "/lib/python", "/loadgen/", "src/gevent/")
"""Parts of paths that a person has not written."""

_MODULES = re.compile(r"^(?:\w+\.)+(?=\w+(?::|$))")
"""The modules before the name of an exception: `locust.exception.` before `StopTest: ...`."""

_NOISE = ("DEBUG", "INFO", "WARNING")

_LAST_LINES = 3

_ADVICE = {
    "unrecognized arguments": "`locust --help` lists its options",
    "argument -": "`locust --help` says what the option takes",
    "Could not find": "name a locustfile that exists with -f",
    "No User class found": "the locustfile needs a class that inherits from HttpUser or "
    "FastHttpUser and has a @task",
    "Unknown User": "name a user class of the locustfile, or none to run all",
    "load shape of its own": "use --test load, which leaves the load to it, or take it out",
    "specify the base host": "give the address under test with --host, or set `host` in the user",
    "SyntaxError": "correct the locustfile there",
    "ModuleNotFoundError": "install the module where slowhop is installed, or run from the "
    "directory that holds it",
}
"""What to do, by words in what locust says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """Why locust did not run: `what` in one line, `advice` empty where there is none."""

    what: str
    advice: str


def explain(output: str) -> Complaint | None:
    """The reason in locust's output; None where it does not complain.

    The last traceback wins, then errors that it logged, then its last lines.
    """
    lines = output.splitlines()
    what = _from_traceback(lines) or _from_log(lines)
    if not what:
        return None
    advice = next((text for words, text in _ADVICE.items() if words in what), "")
    return Complaint(what=what, advice=advice)


def _from_traceback(lines: list[str]) -> str:
    begins = [i for i, line in enumerate(lines) if line.endswith(_TRACEBACK)]
    if not begins:
        return ""
    place = ""
    for line in lines[begins[-1] + 1 :]:
        if frame := _FRAME.match(line):
            if not any(part in frame["file"] for part in _INSTALLED):
                place = f"{frame['file']}, line {frame['line']}"
        elif line and not line[0].isspace():
            what = _MODULES.sub("", line)
            return f"{what} ({place})" if place else what
    return ""


def _from_log(lines: list[str]) -> str:
    errors, plain = [], []
    for line in lines:
        if logged := _LOG_PREFIX.match(line):
            if logged["level"] not in _NOISE:
                errors.append(logged["text"].strip())
        elif line.strip():
            plain.append(line.strip().removeprefix("locust: error: "))
    return " ".join(errors or plain[-_LAST_LINES:])
