"""The options that say where spans are received, for every command that starts a receiver."""

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from analyzer.cli.options import GRPC_PORT, HTTP_PORT, LOOPBACK
from collector.options import JaegerPorts, Receiving, jaeger_ports

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
        help=f"Ports for them, 0 takes a free one; usual: {JaegerPorts().as_text()}.",
        metavar="NAME=PORT,...",
    ),
]

PARAMETER = "receiving"
"""The parameter of a command that its receiver's options are given as."""


def receiver(
    *,
    listen: Listen = LOOPBACK,
    grpc_port: GrpcPort = GRPC_PORT,
    http_port: HttpPort = HTTP_PORT,
    jaeger: Jaeger = False,
    jaeger_ports: JaegerPortsText = None,
) -> Receiving:
    """What the options say; its parameters are the options."""
    return Receiving(
        host=listen,
        grpc_port=grpc_port,
        http_port=http_port,
        jaeger=_jaeger(wanted=jaeger, ports=jaeger_ports),
    )


def _jaeger(*, wanted: bool, ports: str | None) -> JaegerPorts | None:
    try:
        return jaeger_ports(wanted=wanted, ports=ports)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--jaeger-ports") from error


def with_receiver(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options of `receiver` in place of its parameter `receiving`.

    typer makes options of a function's signature, so the signature is what is put together here.
    """
    options = inspect.signature(receiver, eval_str=True).parameters
    own = inspect.signature(command, eval_str=True)

    @functools.wraps(command)
    def complete(*args: Any, **given: Any) -> None:  # noqa: ANN401  whatever its options are
        chosen = {name: given.pop(name) for name in options}
        command(*args, receiving=receiver(**chosen), **given)

    parameters: list[inspect.Parameter] = []
    for parameter in own.parameters.values():
        parameters += options.values() if parameter.name == PARAMETER else [parameter]
    vars(complete)["__signature__"] = own.replace(parameters=parameters)
    complete.__annotations__ = {each.name: each.annotation for each in parameters}
    return complete
