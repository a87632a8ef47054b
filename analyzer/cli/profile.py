"""slowhop profile: what users do, how often, with which pauses."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.analysis import SOUND_ISSUES
from analyzer.cli.options import STDIN, Format, InputFormat, JsonFile, ReportFormat
from analyzer.cli.output import check_target, progress_bar, show, tell, write
from analyzer.cli.run_store import replace_file
from analyzer.errors import ExitCode, InputError, TooLittleData

if TYPE_CHECKING:
    from analyzer.model.issue import Issues
    from analyzer.report.profile_document import ProfileDocument, Traffic

EPILOG = """\
With --from, requests that came in from outside are counted: method and route, how many a minute,
and, where session.id, enduser.id, user.id or client address and user agent tell whose they are,
what follows what after which pause. The locustfile that -o writes does the same. It copies paths
that were seen, queries only with --with-query, and never headers or bodies.
"""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("profile", short_help="What users do, how often.", epilog=EPILOG)(profile)


def profile(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="A locustfile; with --from run directories, span dumps, globs or -.",
            metavar="LOCUSTFILE|PATH...",
            show_default=False,
        ),
    ],
    *,
    from_traces: Annotated[
        bool, typer.Option("--from", help="Derive the profile from traces.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Write a locustfile that does the same.", metavar="FILE"
        ),
    ] = None,
    with_query: Annotated[
        bool, typer.Option("--with-query", help="Copy queries of paths to the locustfile, too.")
    ] = False,
    tags: Annotated[
        list[str] | None,
        typer.Option("--tags", help="Only tasks with this tag, as locust does.", metavar="TAG"),
    ] = None,
    format: ReportFormat = Format.TERMINAL,  # noqa: A002  the option's name
    json: JsonFile = None,
    input_format: InputFormat = None,
) -> None:
    """Read the profile of a locustfile, or derive one from traces and write a locustfile."""
    check_target(json)
    if from_traces:
        raise typer.Exit(_from_traces(paths, out, format, json, (with_query, input_format)))
    if out is not None or with_query:
        raise InputError(
            "a locustfile is written from traces only", hint="name traces with --from PATH..."
        )
    if len(paths) != 1:
        raise InputError(
            "one locustfile at a time", hint="for traces say --from; several with commas go as one"
        )
    _deliver(_planned(paths[0], tags or []), format, json)


def _planned(locustfile: str, tags: list[str]) -> "ProfileDocument":
    import orjson

    from analyzer.profiles.planned import planned_of
    from analyzer.readers.lenient_json import LenientObject
    from analyzer.readers.load_profile import profile_record
    from loadgen.describing import describe

    options = ["--tags", *tags] if tags else []
    record = profile_record(LenientObject(orjson.loads(describe(locustfile, options))))
    if record is None:
        raise InputError(
            f"{locustfile} holds no user class", hint="it needs one with at least one @task"
        )
    return _document().model_copy(update={"planned": planned_of(record, locustfile)})


def _from_traces(
    paths: list[str],
    out: Path | None,
    form: Format,
    json_file: Path | None,
    reading: tuple[bool, str | None],
) -> ExitCode:
    from analyzer.model.issue import Issues
    from analyzer.profiles.examples import examples
    from analyzer.profiles.locustfile import locustfile_of
    from analyzer.profiles.traffic import traffic_of, usable
    from analyzer.readers.entries import read_entries

    with_query, input_format = reading
    _check_out(paths, out)
    issues = Issues()
    with progress_bar("reading") as advance:
        entries = read_entries(paths, issues, format_name=input_format, progress=advance)
    requests = usable(entries)
    if not requests:
        raise TooLittleData(
            "no HTTP request came in from outside", hint="a profile needs spans of HTTP servers"
        )
    traffic = traffic_of(entries)
    document = _document().model_copy(update={"traffic": traffic})
    if out is None:
        _deliver(document, form, json_file)
    else:
        text = locustfile_of(
            traffic, examples(requests, with_query=with_query), with_query=with_query
        )
        if str(out) == STDIN:
            write(text)
        else:
            replace_file(out, text)
            _deliver(document, form, json_file)
        _say(traffic, out)
    _warn(issues)
    return ExitCode.PARTIAL if any(i.kind not in SOUND_ISSUES for i in issues) else ExitCode.OK


def _check_out(paths: list[str], out: Path | None) -> None:
    """Refuse before the work what cannot be written.

    Raises:
        InputError: it would write over what it reads, or cannot write at all.
    """
    if out is None or str(out) == STDIN:
        return
    check_target(out)
    if out.exists() and any(Path(p).exists() and Path(p).samefile(out) for p in paths):
        raise InputError(f"{out} is both read and written", hint="name another file to write")


def _say(traffic: "Traffic", out: Path) -> None:
    from analyzer.profiles.locustfile import bodies_to_fill_in

    if bodies := bodies_to_fill_in(traffic):
        tell(
            f"note: {bodies} {'request sends' if bodies == 1 else 'requests send'} an empty JSON "
            "body, because traces hold none: look for `fill in`"
        )
    if str(out) != STDIN:
        users = max(1, round(traffic.users))
        tell(f"locustfile written to {out}; for the same rate run it with about -u {users}")


def _warn(issues: "Issues") -> None:
    """Say on the error stream what was odd."""
    from analyzer.reporters.terminal.safe_text import safe

    for count in issues:
        first = count.examples[0]
        told = f"{count.count:,} × {count.kind.value}, first {first.where}: {first.detail}"
        tell(f"warning: {safe(told)}")


def _document() -> "ProfileDocument":
    from analyzer import __version__
    from analyzer.report.model import GeneratedBy
    from analyzer.report.profile_document import ProfileDocument

    return ProfileDocument(generated_by=GeneratedBy(name="slowhop", version=__version__))


def _deliver(document: "ProfileDocument", form: Format, json_file: Path | None) -> None:
    from analyzer.reporters.terminal.profile_document import render_profile

    if form is Format.JSON:
        write(document.to_json())
    else:
        show(render_profile(document))
    if json_file is not None:
        replace_file(json_file, document.to_json())
