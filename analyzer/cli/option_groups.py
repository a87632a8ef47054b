"""Options that come together, for every command that takes them."""

import functools
import inspect
from collections.abc import Callable
from typing import Any


def with_group(
    parameter: str, group: Callable[..., object]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of `group` in place of its parameter of this name.

    The parameters of `group` are the options; what it returns is what the command is given. typer
    makes options of a function's signature, so the signature is what is put together here.
    """

    def add(command: Callable[..., None]) -> Callable[..., None]:
        options = inspect.signature(group, eval_str=True).parameters
        own = inspect.signature(command, eval_str=True)

        @functools.wraps(command)
        def complete(*args: Any, **given: Any) -> None:  # noqa: ANN401  whatever its options are
            chosen = {name: given.pop(name) for name in options}
            command(*args, **{parameter: group(**chosen)}, **given)

        together: list[inspect.Parameter] = []
        for each in own.parameters.values():
            together += options.values() if each.name == parameter else [each]
        vars(complete)["__signature__"] = own.replace(parameters=together)
        complete.__annotations__ = {each.name: each.annotation for each in together}
        return complete

    return add
