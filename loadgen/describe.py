"""Prints what a locustfile plans, as JSON: a process of its own, which locust patches as a whole.

Beside the plugin the only module that imports locust. It reads `-f` and chooses tasks by `--tags`
and `--exclude-tags` as locust itself does; nothing is run.
"""

import json
import os
import sys
from typing import TYPE_CHECKING

import locust  # noqa: TID253  this module is a process of its own
from locust.argument_parser import (  # noqa: TID253  as above
    get_locustfiles_locally,
    get_parser,
    parse_locustfile_option,
)
from locust.env import Environment  # noqa: TID253  as above
from locust.main import merge_locustfiles_content  # noqa: TID253  as above

from loadgen.planned_profile import planned_profile

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    """Describe the locustfile that the command line names."""
    sys.argv[0] = "locust"  # its messages begin with the program's name
    # What a locustfile prints when it is imported must not get between the JSON.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
    os.dup2(2, 1)
    find: Callable[[object], list[str]] = get_locustfiles_locally
    classes, *_ = merge_locustfiles_content(find(parse_locustfile_option()))
    options = get_parser().parse_args()
    users = list(classes.values())
    if not users:
        sys.exit("No User class found!")
    environment = Environment(user_classes=users, parsed_options=options)
    # the name has an underscore, but is what locust's own main calls
    environment._filter_tasks_by_tags()  # noqa: SLF001
    profile = planned_profile(users, version=locust.__version__, sampled=True)
    with answer:
        json.dump(profile, answer, default=str)
    sys.stderr.flush()
    os._exit(0)  # a thread that the locustfile has started would keep the process alive


if __name__ == "__main__":
    main()
