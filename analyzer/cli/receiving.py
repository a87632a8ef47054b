"""The options that say where spans are received, for every command that starts a receiver."""

import functools
import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from analyzer.cli.options import GRPC_PORT, HTTP_PORT, LOOPBACK
from analyzer.cli.output import tell
from collector.forward.access import Access
from collector.forward.target import targets
from collector.jaeger.ports import JaegerPorts
from collector.options import ZIPKIN_PORT, Receiving, port_of
from collector.security import Security

Listen = Annotated[
    str,
    typer.Option(
        help="Where the receiver listens; anything but loopback lets others in.", metavar="ADDRESS"
    ),
]
GrpcPort = Annotated[
    int,
    typer.Option(help="Port for OTLP/gRPC; 0 takes a free one.", min=0, max=65535, metavar="PORT"),
]
HttpPort = Annotated[
    int,
    typer.Option(help="Port for OTLP/HTTP; 0 takes a free one.", min=0, max=65535, metavar="PORT"),
]
Zipkin = Annotated[
    bool, typer.Option("--zipkin", help=f"Receive Zipkin's spans too, on port {ZIPKIN_PORT}.")
]
ZipkinPort = Annotated[
    int | None,
    typer.Option(
        help="Receive Zipkin's spans too, on this port; 0 takes a free one.",
        min=0,
        max=65535,
        metavar="PORT",
    ),
]
Jaeger = Annotated[
    bool,
    typer.Option(
        "--jaeger", help="Receive Jaeger's own protocols too: Thrift (UDP, HTTP), protobuf (gRPC)."
    ),
]
JaegerPortsText = Annotated[
    str | None,
    typer.Option(
        "--jaeger-ports",
        help="Receive them on these ports (0 takes a free one, off leaves one off);"
        f" usual: {JaegerPorts().as_text()}.",
        metavar="NAME=PORT,...",
    ),
]
TlsCert = Annotated[
    Path | None,
    typer.Option(
        help="The receiver's certificate (PEM); all its ports speak TLS then.", metavar="FILE"
    ),
]
TlsKey = Annotated[
    Path | None, typer.Option(help="The certificate's private key (PEM).", metavar="FILE")
]
TlsClientCa = Annotated[
    Path | None,
    typer.Option(
        help="Authorities (PEM) of which clients need a certificate: mutual TLS.", metavar="FILE"
    ),
]
Token = Annotated[
    str | None,
    typer.Option(
        help="A token that clients have to send. Other users see it here: better use"
        " --token-file or the environment.",
        metavar="TEXT",
        show_default=False,
    ),
]
TokenFile = Annotated[
    Path | None, typer.Option(help="A file with a token that clients have to send.", metavar="FILE")
]

Forward = Annotated[
    list[str] | None,
    typer.Option(
        "--forward",
        help="Pass on all that is received to another receiver: HOST:PORT over gRPC (whatever the"
        " port), http://HOST:PORT over HTTP; with TLS grpcs:// or https://. May be repeated.",
        metavar="TARGET",
    ),
]
ForwardCa = Annotated[
    Path | None,
    typer.Option(
        help="Authorities (PEM) that targets' certificates come from; else the system's.",
        metavar="FILE",
    ),
]
ForwardCert = Annotated[
    Path | None,
    typer.Option(help="A certificate (PEM) to show to targets that ask for one.", metavar="FILE"),
]
ForwardKey = Annotated[
    Path | None, typer.Option(help="The certificate's private key (PEM).", metavar="FILE")
]
ForwardHeaders = Annotated[
    str | None,
    typer.Option(
        help="Headers to send to the target, as in OTEL_EXPORTER_OTLP_HEADERS; with several"
        " targets a line for each, the target and a blank first. Other users see them here: better"
        " use --forward-headers-file or the environment.",
        metavar="NAME=VALUE,...",
        show_default=False,
    ),
]
ForwardHeadersFile = Annotated[
    Path | None, typer.Option(help="A file with such headers.", metavar="FILE")
]

PARAMETER = "receiving"
"""The parameter of a command that its receiver's options are given as."""


def receiver(
    *,
    listen: Listen = LOOPBACK,
    grpc_port: GrpcPort = GRPC_PORT,
    http_port: HttpPort = HTTP_PORT,
    zipkin: Zipkin = False,
    zipkin_port: ZipkinPort = None,
    jaeger: Jaeger = False,
    jaeger_ports: JaegerPortsText = None,
    forward: Forward = None,
    forward_ca: ForwardCa = None,
    forward_cert: ForwardCert = None,
    forward_key: ForwardKey = None,
    forward_headers: ForwardHeaders = None,
    forward_headers_file: ForwardHeadersFile = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    tls_client_ca: TlsClientCa = None,
    token: Token = None,
    token_file: TokenFile = None,
) -> Receiving:
    """What the options say; its parameters are the options.

    Raises:
        InputError: a port, target, certificate or token is unusable, or an option lacks another.
    """
    security = Security.from_options(
        certificate=tls_cert,
        key=tls_key,
        client_ca=tls_client_ca,
        token=token,
        token_file=token_file,
    )
    if security.tls:
        from collector.certificates import check

        check(security)
    _warn_of_visible("the token", "--token", given=token)
    _warn_of_visible("the headers", "--forward-headers", given=forward_headers)
    to = targets(forward or ())
    access = Access.from_options(
        to,
        ca=forward_ca,
        certificate=forward_cert,
        key=forward_key,
        headers=forward_headers,
        headers_file=forward_headers_file,
    )
    if any(target.tls for target in to):
        from collector.forward.client_tls import check_access

        check_access(to, access)
    return Receiving(
        host=listen,
        grpc_port=grpc_port,
        http_port=http_port,
        zipkin_port=port_of(zipkin_port, ZIPKIN_PORT, wanted=zipkin),
        jaeger=JaegerPorts.from_options(wanted=jaeger, text=jaeger_ports),
        forward=to,
        forward_access=access,
        security=security,
    )


def _warn_of_visible(what: str, option: str, *, given: str | None) -> None:
    if given is not None and any(part.split("=")[0] == option for part in sys.argv):
        tell(f"warning: other users of this machine see {what} of {option}; see {option}-file")


def with_receiver(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options of `receiver` in place of its parameter `receiving`.

    typer makes options of a function's signature, so the signature is what is put together here.
    """
    options = inspect.signature(receiver, eval_str=True).parameters
    own = inspect.signature(command, eval_str=True)

    @functools.wraps(command)
    def complete(*args: Any, **given: Any) -> None:  # noqa: ANN401  whatever its options are
        chosen = {name: given.pop(name) for name in options}
        if chosen["token"] is None:
            # typer takes a variable that is empty for one that is not set, and lets everybody in
            chosen["token"] = os.environ.get(f"SLOWHOP_{command.__name__.upper()}_TOKEN")
        command(*args, receiving=receiver(**chosen), **given)

    parameters: list[inspect.Parameter] = []
    for parameter in own.parameters.values():
        parameters += options.values() if parameter.name == PARAMETER else [parameter]
    vars(complete)["__signature__"] = own.replace(parameters=parameters)
    complete.__annotations__ = {each.name: each.annotation for each in parameters}
    return complete
