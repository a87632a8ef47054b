"""Fuzz decoders: `python -m tests.fuzz [TARGET ...] --runs N --seconds S`, all of them by default.

Each target runs in a process of its own, which may die. Findings are kept in `.fuzz/findings`, one
file each with the reason beside it. `--guided` lets coverage lead the way, where atheris is there.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PLACE = Path(".fuzz")


def main() -> int:
    """Fuzz what is asked for; 1 where anything was found."""
    asked = _arguments().parse_args()
    if asked.inside:
        return _inside(asked)
    from tests.fuzz.targets import TARGETS

    known = {target.name: target for target in TARGETS}
    unknown = [name for name in asked.targets if name not in known]
    if unknown:
        _say(f"no such target: {', '.join(unknown)}; there are {', '.join(known)}")
        return 2
    wanted = [known[name] for name in asked.targets or known]
    if asked.guided:
        wanted = [target for target in wanted if target.guided]
    worst = 0
    for target in wanted:
        environment = dict(os.environ)
        if asked.guided and target.interpreted:
            environment["NUMBA_DISABLE_JIT"] = "1"
        command = [sys.executable, "-m", "tests.fuzz", target.name, "--inside"]
        for option in ("runs", "seconds", "seed", "place"):
            command += [f"--{option}", str(getattr(asked, option))]
        command += ["--guided"] if asked.guided else []
        done = subprocess.run(command, env=environment, check=False)
        if done.returncode:
            _say(f"{target.name}: ended with {done.returncode}; see {asked.place / 'findings'}")
            worst = 1
    return worst


def _inside(asked: Any) -> int:  # noqa: ANN401  argparse's namespace has no type
    from tests.fuzz import guided
    from tests.fuzz.target import Budget

    budget = Budget(runs=asked.runs, seconds=asked.seconds)
    if asked.guided:
        if not guided.is_possible():
            _say("atheris is not installed: pip install 'slowhop[fuzz]', on Linux on x86-64")
            return 2
        found = next(t for t in guided.targets() if t.name == asked.targets[0])
        guided.fuzz(found, budget, place=asked.place, seed=asked.seed)
    from tests.fuzz.plain import Fuzzing
    from tests.fuzz.targets import TARGETS

    target = next(t for t in TARGETS if t.name == asked.targets[0])
    outcome = Fuzzing(target, place=asked.place, seed=asked.seed).run(budget)
    _say(outcome.line())
    for finding in outcome.findings:
        _say(f"  {finding}")
    return 1 if outcome.findings else 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--runs", type=int, default=100_000, help="inputs a target")
    parser.add_argument("--seconds", type=float, default=60.0, help="seconds a target, at most")
    parser.add_argument("--seed", type=int, default=1, help="where all chance comes from")
    parser.add_argument("--place", type=Path, default=PLACE, help="for findings and corpus")
    parser.add_argument("--guided", action="store_true", help="by coverage, with atheris")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
