"""The options --alert and --abort-on, and what they say while a run lasts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.option_groups import with_group
from analyzer.conditions import Condition, shown

if TYPE_CHECKING:
    from analyzer.attribution.contributions import Contributions
    from analyzer.verdicts.alerts import Episode

SPARE_S = 1
"""Seconds that are too young to judge: locust's processes send their spans twice a second."""

LOOK_BACK_S = 60
"""Beyond a condition's own time so far back is looked, to know since when it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerting:
    """What to be alerted of, and what to stop the run for."""

    warn: tuple[Condition, ...] = ()
    abort: tuple[Condition, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.warn or self.abort)


NO_ALERTS = Alerting()

AlertOn = Annotated[
    list[str] | None,
    typer.Option(
        "--alert",
        help="Warn while this holds, like 'p95 > 500ms for 10s'; can be repeated.",
        metavar="CONDITION",
    ),
]
AbortOn = Annotated[
    list[str] | None,
    typer.Option(
        "--abort-on",
        help="Stop the run when this holds, like 'errors > 10% for 5s'; exit code 3.",
        metavar="CONDITION",
    ),
]


def alerting(*, alert: AlertOn = None, abort_on: AbortOn = None) -> Alerting:
    """What the options say; its parameters are the options.

    Raises:
        InputError: one of them is no condition.
    """
    return Alerting(
        warn=tuple(Condition.from_text(text) for text in alert or ()),
        abort=tuple(Condition.from_text(text) for text in abort_on or ()),
    )


with_alerting = with_group("alerting", alerting)


@dataclass(slots=True, kw_only=True)
class AlertWatch:
    """Which conditions hold now.

    Attributes:
        asked: what to look for.
        holding: those that hold, in the words of a person.
        aborted: the condition to stop the run for, and its value; None while there is none.
    """

    asked: Alerting = field(default_factory=Alerting)
    holding: tuple[str, ...] = ()
    aborted: tuple[str, str] | None = None
    _told: dict[Condition, int] = field(default_factory=dict)

    def look(self, found: "Contributions | None") -> tuple[str, ...]:
        """Judge what has arrived; what is new since the last look, in plain sentences."""
        if found is None or not self.asked:
            return ()
        holding, news = [], []
        for condition, aborts in self._conditions():
            episode = _latest(condition, found)
            if episode is None or episode.end is not None:
                if self._told.pop(condition, None) is not None:
                    news.append(f"over: {condition.text}")
                continue
            said = f"{condition.text}: {shown(condition.figure, episode.worst)}"
            holding.append(said)
            if condition not in self._told:
                self._told[condition] = episode.begin
                news.append(f"alert: {said}, since second {episode.begin} of the run")
            if aborts and self.aborted is None:
                self.aborted = (condition.text, shown(condition.figure, episode.worst))
                news.append(f"stopping the run: {said}")
        self.holding = tuple(holding)
        return tuple(news)

    def record(self) -> dict[str, object]:
        """As `run.json` has it."""
        aborted = None
        if self.aborted is not None:
            aborted = {"condition": self.aborted[0], "value": self.aborted[1]}
        return {
            "warn": [condition.text for condition in self.asked.warn],
            "abort": [condition.text for condition in self.asked.abort],
            "aborted": aborted,
        }

    def _conditions(self) -> Iterator[tuple[Condition, bool]]:
        yield from ((condition, False) for condition in self.asked.warn)
        yield from ((condition, True) for condition in self.asked.abort)


def _latest(condition: Condition, found: "Contributions") -> "Episode | None":
    """The last time that the condition held, as far as it is looked back."""
    from analyzer.ranking.requests import NS_PER_S, observed
    from analyzer.verdicts.alerts import by_second, episodes

    begin, end = observed(found.requests)
    first = max(0, (end - begin) // NS_PER_S - condition.seconds - LOOK_BACK_S)
    held = episodes(condition, by_second(condition, found, first=first, spare_s=SPARE_S))
    return held[-1] if held else None
