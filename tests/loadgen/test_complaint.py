"""Locust's output, and the line of it that a person needs."""

import pytest

from loadgen.complaint import explain

STAMP = "[2026-11-23 07:57:34,020] host/{}/locust.main: {}"

IN_THE_LOCUSTFILE = """Traceback (most recent call last):
  File "<frozen runpy>", line 198, in _run_module_as_main
  File "/venv/lib/python3.11/site-packages/locust/main.py", line 159, in main
    ) = merge_locustfiles_content(locustfiles)
  File "/home/me/load.py", line 12, in <module>
    setup()
  File "/home/me/data.py", line 3, in setup
    open("users.csv")
FileNotFoundError: [Errno 2] No such file or directory: 'users.csv'
"""

STOPPED = """Traceback (most recent call last):
  File "src/gevent/greenlet.py", line 912, in gevent._gevent_cgreenlet.Greenlet.run
  File "/venv/lib/python3.11/site-packages/locust/user/users.py", line 250, in __init__
    raise StopTest(
locust.exception.StopTest: You must specify the base host.
2026-11-23T07:57:34Z <Greenlet at 0x7f> failed with StopTest
"""


@pytest.mark.parametrize(
    ("output", "what"),
    [
        (
            IN_THE_LOCUSTFILE,
            "FileNotFoundError: [Errno 2] No such file or directory: 'users.csv' "
            "(/home/me/data.py, line 3)",
        ),
        (STOPPED, "StopTest: You must specify the base host."),
        (STAMP.format("ERROR", "No User class found!"), "No User class found!"),
        (
            "locust: error: unrecognized arguments: --hots\nDid you mean '--host'?\n",
            "unrecognized arguments: --hots Did you mean '--host'?",
        ),
        (
            f"{STAMP.format('INFO', 'Starting')}\nCould not find 'x.py'.\n",
            "Could not find 'x.py'.",
        ),
    ],
)
def test_the_reason_is_found(output: str, what: str) -> None:
    complaint = explain(output)
    assert complaint is not None
    assert complaint.what == what


@pytest.mark.parametrize("output", ["", "\n\n", STAMP.format("INFO", "Starting Locust")])
def test_no_complaint_is_made_up(output: str) -> None:
    assert explain(output) is None


def test_a_traceback_that_was_cut_does_not_hide_the_rest() -> None:
    assert explain("Traceback (most recent call last):\n  File") is not None
