"""How kernels are compiled: the one place that names the compiler and its options."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba  # noqa: TID253  kernel modules are imported late, and only they import this

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` on its first call and keep the machine code on disk.

    Kernels run without the interpreter lock, so chunks can be worked on by Python threads, and with
    wrap-around integer arithmetic like C's. They must check their own bounds.
    """
    jit = numba.njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
    return cast("Callable[P, R]", jit(function))


def compiled_borrowing(function: Callable[P, R]) -> Callable[P, R]:
    """As `compiled`, for small functions that are called several times a span.

    They own no memory, so references to their arrays are not counted: with an atomic addition for
    each array and call, counting would cost more than the work. To allocate fails to compile.
    """
    options = {"cache": True, "nogil": True, "boundscheck": False, "error_model": "numpy"}
    jit = numba.njit(**options, _nrt=False)  # type: ignore[call-overload]  # not in its stubs
    return cast("Callable[P, R]", jit(function))
