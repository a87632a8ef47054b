"""All targets."""

from tests.fuzz import decoders, doors, files, wires
from tests.fuzz.target import Target

TARGETS: tuple[Target, ...] = (
    *decoders.TARGETS,
    *doors.TARGETS,
    *files.TARGETS,
    *wires.TARGETS,
)
