"""What was run, by which load, from which files: the report's section `run`."""

from analyzer.report.parts import LeftOut, Part, Words


class GeneratedBy(Part):
    """The program that made the report."""

    name: Words
    version: Words


class Load(Part):
    """The load that was asked for."""

    tool: Words
    version: LeftOut[Words] = None
    users: LeftOut[int] = None
    spawn_rate: LeftOut[float] = None
    run_time_s: LeftOut[float] = None
    shape: LeftOut[Words] = None
    host: LeftOut[Words] = None
    locustfile: LeftOut[Words] = None
    profile_hash: LeftOut[Words] = None


class Input(Part):
    """A file that was read."""

    path: Words
    format: Words
    bytes: int
    spans: int


class Run(Part):
    """What was run, by which load, from which files.

    `jaeger_ui` is the address of a Jaeger that has the traces too: `/trace/` and a trace id
    appended to it make a trace's page.
    """

    id: Words
    command: Words
    started_at: Words | None
    duration_s: float
    load: LeftOut[Load] = None
    jaeger_ui: LeftOut[Words] = None
    inputs: tuple[Input, ...]
