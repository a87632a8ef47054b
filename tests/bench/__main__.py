"""Run the benchmarks: `python -m tests.bench [NAME ...]`, all of them where none is named."""

import sys
from importlib import import_module
from pkgutil import iter_modules

import tests.bench


def main(wanted: list[str]) -> None:
    """Print the lines of each benchmark as soon as it is done."""
    for module in iter_modules(tests.bench.__path__):
        if module.name == "__main__" or (wanted and module.name not in wanted):
            continue
        run = getattr(import_module(f"tests.bench.{module.name}"), "run", None)
        if run is not None:
            print(*run(), sep="\n", end="\n\n", flush=True)  # noqa: T201  what it is for


if __name__ == "__main__":
    main(sys.argv[1:])
