"""What the OpenTelemetry Collector project's generator sends."""

import subprocess

from tests.real.tools import telemetrygen

OPTIONS = {
    "traces": ("--traces", "--child-spans", "3"),
    "metrics": ("--metrics",),
    "logs": ("--logs",),
}
"""For each signal the option for how many; a trace has four spans."""


def generate(signal: str, address: str, transport: str, *, count: int) -> None:
    """Let two workers each send so many traces, metrics or logs to `host:port`."""
    how_many, *others = OPTIONS[signal]
    command = [str(telemetrygen()), signal, how_many, str(count), *others]
    command += ["--otlp-insecure", "--otlp-endpoint", address, "--rate", "0", "--workers", "2"]
    command += ["--otlp-http"] if transport == "http" else []
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
