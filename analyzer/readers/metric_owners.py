"""Whose metrics they are: services by name, or processes and containers that spans came from."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self

from analyzer.model.naming import ProcessNames, name_process

_NAMES: Final = (
    "k8s.deployment.name", "k8s.container.name", "container.name", "process.executable.name",
    "process.command",
)  # fmt: skip
"""What a process or container may be called as its service is, the surest first."""

_ONE_CORE: Final = frozenset(("python", "nodejs", "ruby"))
_ONE_CORE_PROGRAM: Final = re.compile(r"c?python[\d.]*$|node(js)?$|ruby[\d.]*$")
"""Languages whose interpreters compute with one thread at a time, and what these are called."""

_COMPOSED: Final = r"(?:.*[-_])?{name}[-_]\d+"
"""Docker Compose calls the containers of a service PROJECT-SERVICE-NUMBER."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A resource that metrics came from.

    Attributes:
        resource: its attributes, sorted.
        watched: whether it was measured from outside, because somebody asked for it.
    """

    resource: tuple[tuple[str, str], ...]
    watched: bool

    @classmethod
    def of(cls, resource: Mapping[str, str], *, watched: bool) -> Self:
        """The sender with these attributes."""
        return cls(resource=tuple(sorted(resource.items())), watched=watched)

    @property
    def contained(self) -> bool:
        """Whether it is in a container, where machine and process are mostly the same."""
        return any(
            key in ("container.id", "k8s.pod.name", "k8s.pod.uid") for key, _ in self.resource
        )

    @property
    def one_core(self) -> bool:
        """Whether it is a process whose threads share one lock around what computes."""
        resource = dict(self.resource)
        language = resource.get("telemetry.sdk.language", "")
        program = resource.get("process.runtime.name") or resource.get(
            "process.executable.name", ""
        )
        return language in _ONE_CORE or bool(_ONE_CORE_PROGRAM.match(program))


class Owners:
    """Finds the service of a sender.

    Args:
        known: the resources that spans came from, with their names.
    """

    def __init__(self, known: Iterable[tuple[Mapping[str, str], ProcessNames]]) -> None:
        self._known = [(dict(resource), names) for resource, names in known]
        self._services = sorted({names.service for _, names in self._known})

    def of(self, sender: Sender) -> ProcessNames | None:
        """The service and instance; None for what belongs to no service that is known.

        A resource that names no service is that of spans with the same container, pod or process,
        or of the service that it is called like.
        """
        resource = dict(sender.resource)
        if resource.get("service.name"):
            return name_process(resource)
        return self._by_identity(resource) or self._by_name(resource)

    def _by_identity(self, resource: Mapping[str, str]) -> ProcessNames | None:
        for keys in (("container.id",), ("k8s.pod.name",), ("process.pid", "host.name")):
            if keys[0] not in resource:
                continue
            found = {
                names
                for known, names in self._known
                if all(
                    known.get(key) == resource[key]
                    for key in keys
                    if key in known and key in resource
                )
                and keys[0] in known
            }
            if len(found) == 1:
                return found.pop()
        return None

    def _by_name(self, resource: Mapping[str, str]) -> ProcessNames | None:
        for key in _NAMES:
            called = resource.get(key, "").removeprefix("/").rpartition("/")[2]
            for service in self._services:
                composed = _COMPOSED.format(name=re.escape(service))
                if called == service or (called and re.fullmatch(composed, called)):
                    instance = name_process(resource).instance or called
                    return ProcessNames(service=service, instance=instance)
        return None
