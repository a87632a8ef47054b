"""Names of spans and processes, worked out once for each distinct combination."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from analyzer.model.naming import ProcessNames, SpanNames, name_process, name_span

MOST_KEPT = 1 << 16
"""How many combinations are remembered: URLs can make every span's different."""


@dataclass(slots=True)
class Namer:
    """Remembers names; one for each read, shared by its files."""

    _spans: dict[tuple[object, ...], SpanNames] = field(default_factory=dict)
    _processes: dict[tuple[object, ...], ProcessNames] = field(default_factory=dict)

    def span(self, name: str, kind: int, attributes: Mapping[str, str]) -> SpanNames:
        """As `name_span`."""
        key = (name, kind, *attributes.items())
        names = self._spans.get(key)
        if names is None:
            if len(self._spans) >= MOST_KEPT:
                self._spans.clear()
            names = self._spans[key] = name_span(name, kind, attributes)
        return names

    def process(self, resource: Mapping[str, str]) -> ProcessNames:
        """As `name_process`."""
        key = tuple(resource.items())
        names = self._processes.get(key)
        if names is None:
            if len(self._processes) >= MOST_KEPT:
                self._processes.clear()
            names = self._processes[key] = name_process(resource)
        return names

    def resources(self) -> Iterator[tuple[dict[str, str], ProcessNames]]:
        """The resources that are remembered, as far as their names depend on them."""
        for key, names in self._processes.items():
            yield dict(key), names  # type: ignore[arg-type]  # keys are a resource's items

    def __len__(self) -> int:
        """How many combinations of spans are remembered."""
        return len(self._spans)
