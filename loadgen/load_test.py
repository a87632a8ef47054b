"""Which test to run: as the command line says it, `run.json` keeps it, and the plugin gets it.

All three are one record, a dict of JSON's values, so that a run directory says what was planned.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from loadgen.arrivals import OpenLoad, Spacing
from loadgen.capacity_search import Bounds
from loadgen.requirements import Requirement
from loadgen.shapes import Kind, Phase, Role, Shape

VARIABLE = "SLOWHOP_LOAD_TEST"
"""The environment variable by which the plugin gets it."""

CAPACITY = "capacity"
SMOKE = "smoke"


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacitySearch:
    """A search for the highest load that keeps its requirements.

    Attributes:
        bounds: where to search.
        level_s: how long each level lasts.
    """

    bounds: Bounds
    level_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadTest:
    """A test.

    Attributes:
        kind: which kind, such as `stress`.
        shape: the load over time; None where it is searched for or left to locust.
        search: for what to search instead.
        arrivals: how arrivals are made of it; None for a load that is users.
        requirements: what requests have to keep.
    """

    kind: str
    shape: Shape | None = None
    search: CapacitySearch | None = None
    arrivals: OpenLoad | None = None
    requirements: tuple[Requirement, ...] = ()

    @property
    def steers(self) -> bool:
        """Whether it says how many users there are, in place of locust or of a shape class."""
        return (
            self.search is not None
            or self.arrivals is not None
            or self.kind
            not in {
                Kind.LOAD.value,
                SMOKE,
            }
        )

    def record(self) -> dict[str, Any]:
        """As `run.json` has it: times in seconds from the beginning, null for without end."""
        shape, search, arrivals = self.shape, self.search, self.arrivals
        return {
            "kind": self.kind,
            "unit": "users" if arrivals is None else "arrivals/s",
            "phases": [] if shape is None else _phases(shape),
            "search": None if search is None else asdict(search),
            "arrivals": None if arrivals is None else asdict(arrivals),
            "requirements": [r.record() for r in self.requirements],
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """What `record` gave."""
        search, arrivals = record["search"], record["arrivals"]
        return cls(
            kind=record["kind"],
            shape=_shape(record["kind"], record["phases"]) if record["phases"] else None,
            search=None
            if search is None
            else CapacitySearch(bounds=Bounds(**search["bounds"]), level_s=search["level_s"]),
            arrivals=None
            if arrivals is None
            else OpenLoad(**{**arrivals, "spacing": Spacing(arrivals["spacing"])}),
            requirements=tuple(Requirement(**r) for r in record["requirements"]),
        )

    def variable(self) -> str:
        """The value of its environment variable."""
        return json.dumps(self.record())

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self | None:
        """What the launcher said; None where it said nothing."""
        text = environment.get(VARIABLE)
        return cls.from_record(json.loads(text)) if text else None


def _phases(shape: Shape) -> list[dict[str, Any]]:
    return [
        {
            "name": phase.name,
            "role": phase.role.value,
            "level": phase.level,
            "begin_s": shape.begin_s(number),
            "approach_s": phase.approach_s,
            "seconds": None if math.isinf(phase.seconds) else phase.seconds,
        }
        for number, phase in enumerate(shape.phases)
    ]


def _shape(kind: str, rows: list[dict[str, Any]]) -> Shape:
    return Shape(
        kind=Kind(kind),
        phases=tuple(
            Phase(
                name=row["name"],
                role=Role(row["role"]),
                level=row["level"],
                seconds=math.inf if row["seconds"] is None else row["seconds"],
                approach_s=row["approach_s"],
            )
            for row in rows
        ),
    )
