"""What is remembered of one request between its end and its export."""

from typing import NamedTuple

from loadgen.connecting import Step

LONGEST_MESSAGE = 256
"""Characters of an error message that are kept: enough to know it, whatever a server answers."""


class Failure(NamedTuple):
    """Why the load tool counts a request as failed.

    `error_type` follows the semantic conventions: the status code where the server answered with
    an error, the exception's class where something was raised.
    """

    error_type: str
    message: str


class RequestRecord(NamedTuple):
    """One request as the load tool saw it. Times: ns since the epoch.

    A named tuple, because one is made in every request: creation costs a third of a dataclass.
    `traceparent` has the ids of its span, as `loadgen.identity` writes them. `status_code` is 0
    where no response came; `task` is empty where no user was known. `method` and `name` are what
    the load tool groups requests by; where `is_http` is false, the method is the type that a
    client of another protocol gave them. `steps` are those of opening a connection, if the request
    opened one.
    """

    traceparent: str
    start_ns: int
    end_ns: int
    method: str
    name: str
    url: str
    user_class: str
    task: str
    status_code: int
    failure: Failure | None
    steps: tuple[Step, ...] = ()
    is_http: bool = True


def failure_of(
    exception: BaseException | str, status_code: int, status_errors: tuple[str, ...]
) -> Failure:
    """Name a failure: by status code when the exception only repeats it, else by its class.

    Args:
        exception: what the load tool reported; listeners sometimes report a plain text.
        status_code: the response's, 0 for none.
        status_errors: classes that stand for "the status code says error".
    """
    if isinstance(exception, str):
        return Failure("_OTHER", exception[:LONGEST_MESSAGE])
    kind = type(exception).__name__
    message = f"{kind}: {exception}"[:LONGEST_MESSAGE]
    return Failure(str(status_code) if kind in status_errors and status_code else kind, message)
