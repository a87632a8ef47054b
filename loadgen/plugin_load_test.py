"""The test that a run is, in locust: what tells it how much load there should be."""

import sys
from typing import Any

from locust.env import Environment  # noqa: TID253  this module is imported inside locust only
from locust.runners import MasterRunner, Runner, WorkerRunner  # noqa: TID253  as above

from loadgen.capacity_run import CapacityRun
from loadgen.capacity_search import Search
from loadgen.load_test import SMOKE, LoadTest
from loadgen.phase_log import append, write_arrivals
from loadgen.plugin_arrivals import OpenLoop, WorkersPool, open_loop, open_worker
from loadgen.plugin_listening import at_quit
from loadgen.plugin_settings import PluginSettings
from loadgen.plugin_shapes import PlannedLoad, SearchedLoad
from loadgen.plugin_smoke import EachTask


def install_test(
    test: LoadTest, settings: PluginSettings, environment: Environment, runner: Runner
) -> None:
    """Let the test say how much load there is, unless it leaves that to a shape class."""
    own = environment.shape_class
    if own is not None and not test.steers:
        return
    if own is not None:
        sys.exit(
            f"the locustfile has a load shape of its own, {type(own).__name__}, and a {test.kind}"
            " test would replace it"
        )
    if test.kind == SMOKE:
        _install_smoke(settings, environment)
    if isinstance(runner, WorkerRunner):
        if test.arrivals is not None:
            open_worker(environment, runner, test.arrivals)
    elif test.steers:
        environment.shape_class = _steering(test, settings, environment, runner)
        environment.shape_class.runner = runner


def _steering(
    test: LoadTest, settings: PluginSettings, environment: Environment, runner: Runner
) -> PlannedLoad | SearchedLoad:
    """What locust asks how much load there should be."""
    run_dir = settings.run_dir
    pool: OpenLoop | WorkersPool | None = None
    if test.arrivals is not None:
        pool = (
            WorkersPool(runner, test.arrivals)
            if isinstance(runner, MasterRunner)
            else open_loop(environment, test.arrivals)
        )
        if run_dir is not None:
            tally = pool
            at_quit(environment, lambda: write_arrivals(run_dir, tally.tally))

    def log(line: dict[str, Any]) -> None:
        if run_dir is not None:
            append(run_dir, line)

    if test.search is not None:
        run = CapacityRun(
            search=Search.begin(test.search.bounds),
            requirements=test.requirements,
            level_s=test.search.level_s,
        )
        return SearchedLoad(run, lambda: environment.stats, log, pool)
    if test.shape is None:
        raise ValueError(f"a {test.kind} test without a shape")
    return PlannedLoad(test.shape, log, pool)


def _install_smoke(settings: PluginSettings, environment: Environment) -> None:
    tasks = EachTask(environment)
    tasks.install()
    if settings.run_dir is not None:
        run_dir = settings.run_dir
        at_quit(environment, lambda: tasks.write(run_dir))
