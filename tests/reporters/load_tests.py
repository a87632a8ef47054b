"""Sections of tests to be shown, one of each kind."""

from typing import Any

from analyzer.report.load_test import (
    Arrivals,
    Backlog,
    CapacityVerdict,
    EnduranceVerdict,
    LevelRow,
    Limit,
    LoadTest,
    LoadVerdict,
    PartChange,
    SmokeRow,
    SmokeVerdict,
    SpikeVerdict,
    StressVerdict,
    TrendRow,
)

HOSTILE = "\x1b[31mpay\u202ement[/]"


def level(name: str, of: float, p95_ms: float, **more: Any) -> LevelRow:  # noqa: ANN401  fields by name
    figures: dict[str, Any] = {
        "role": "step",
        "t_s": 10.0,
        "seconds": 22.5,
        "requests": round(20 * of),
        "throughput_rps": 0.9 * of,
        "error_share": 0.0,
        "mean_ms": p95_ms / 3,
        "p50_ms": p95_ms / 4,
        "in_flight": of / 10,
    }
    return LevelRow(name=name, level=of, p95_ms=p95_ms, **{**figures, **more})


LIMIT = Limit(
    service="payment",
    workers_busy=4,
    full_share=0.972,
    grew=(
        PartChange(kind="hop", caller="gateway", callee="payment", before_ms=12.3, after_ms=321.0),
        PartChange(kind="hop", caller="locust", callee="gateway", before_ms=1.2, after_ms=40.1),
        PartChange(kind="service", service="payment", before_ms=41.0, after_ms=44.0),
    ),
)
GROWTH = LIMIT.model_copy(update={"workers_busy": None, "full_share": None})
ARRIVALS = Arrivals(
    due=12000,
    begun=11890,
    late=310,
    dropped=90,
    late_after_ms=50.0,
    delay_p95_ms=41.0,
    measured_p50_ms=38.0,
    measured_p95_ms=180.0,
    measured_p99_ms=420.0,
    from_due_p50_ms=38.4,
    from_due_p95_ms=260.0,
    from_due_p99_ms=4100.0,
)
LATENCY = TrendRow(
    kind="latency", unit="ms", start=55.0, end=55.6, per_hour=0.3, ci95_per_hour=(-0.2, 0.9),
    grows=False,
)  # fmt: skip
CART = TrendRow(
    kind="service", service="cart", unit="ms", start=4.1, end=18.2, per_hour=7.0,
    ci95_per_hour=(6.1, 7.9), grows=True,
)  # fmt: skip
MEMORY = TrendRow(
    kind="resource", service="cart", name="memory", unit="MB", start=120.0, end=311.0,
    per_hour=96.0, ci95_per_hour=(91.0, 99.0), grows=True,
)  # fmt: skip
HOP = TrendRow(
    kind="hop", caller="gateway", callee="cart", unit="ms", start=1.0, end=1.5, per_hour=0.2,
    grows=False,
)  # fmt: skip

TESTS = {
    "load_fine": LoadTest(
        kind="load",
        unit="users",
        passed=True,
        levels=(level("hold", 50, 190.0, role="hold"),),
        load=LoadVerdict(steady=True, errors_fine=True, headroom_share=0.38, trends=(LATENCY, HOP)),
    ),
    "load_full": LoadTest(
        kind="load",
        unit="arrivals/s",
        required=("p95 < 300ms", "errors < 1%"),
        passed=False,
        levels=(
            level(
                "hold",
                100,
                901.0,
                role="hold",
                error_share=0.02,
                held=False,
                why=("p95 < 300ms: 901ms", "errors < 1%: 2%"),
            ),
        ),
        arrivals=ARRIVALS,
        load=LoadVerdict(
            steady=False,
            errors_fine=False,
            limit=LIMIT,
            trends=(LATENCY.model_copy(update={"grows": True, "end": 900.0}),),
        ),
    ),
    "stress_breaks": LoadTest(
        kind="stress",
        unit="users",
        levels=(
            level("step 1", 10, 120.0, held=True),
            level("step 2", 20, 160.0, held=True),
            level("step 3", 30, 720.0, held=False, why=("p95 ×6.0 of step 1",)),
        ),
        stress=StressVerdict(
            at_level=30, last_level=20, most_rps=27.1, why=("p95 ×6.0 of step 1",), limit=LIMIT
        ),
    ),
    "stress_holds": LoadTest(
        kind="stress",
        unit="arrivals/s",
        levels=(level("step 1", 12.5, 120.0, held=True), level("step 2", 25, 130.0, held=True)),
        stress=StressVerdict(last_level=25, most_rps=24.9),
    ),
    "spike": LoadTest(
        kind="spike",
        unit="users",
        passed=True,
        levels=(
            level("base", 10, 120.0, role="base"),
            level("peak", 50, 1720.0, role="peak"),
            level("recovery", 10, 300.0, role="recovery"),
        ),
        spike=SpikeVerdict(
            usual_p95_ms=140.0,
            peak_p95_ms=2100.0,
            window_s=1.0,
            recovered_after_s=6.25,
            watched_s=60.0,
            backlog=(
                Backlog(kind="hop", caller="gateway", callee="payment", before=0.4, during=31.2),
                Backlog(kind="service", service="gateway", before=0.2, during=0.9),
            ),
            limit=GROWTH,
        ),
    ),
    "spike_for_ever": LoadTest(
        kind="spike",
        unit="users",
        passed=False,
        spike=SpikeVerdict(
            usual_p95_ms=0.0, peak_p95_ms=2100.0, window_s=1.0, watched_s=60.0, limit=LIMIT
        ),
    ),
    "endurance_leaks": LoadTest(
        kind="endurance",
        unit="users",
        passed=False,
        levels=(level("soak", 20, 210.0, role="hold", seconds=7200.0),),
        endurance=EnduranceVerdict(hours=2.0, trends=(LATENCY, CART, MEMORY, HOP), leaks=("cart",)),
    ),
    "endurance_fine": LoadTest(
        kind="endurance",
        unit="users",
        passed=True,
        levels=(level("soak", 20, 210.0, role="hold", seconds=7200.0),),
        endurance=EnduranceVerdict(hours=2.0, trends=(LATENCY, HOP)),
    ),
    "capacity": LoadTest(
        kind="capacity",
        unit="users",
        required=("p95 < 300ms",),
        passed=True,
        levels=(
            level("climb", 20, 120.0, role="climb", held=True),
            level("climb", 40, 721.0, role="climb", held=False, why=("p95 < 300ms: 721ms",)),
            level("confirm", 20, 122.0, role="confirm", held=True),
        ),
        capacity=CapacityVerdict(
            held_level=20,
            held_rps=18.1,
            failed_level=40,
            why=("p95 < 300ms: 721ms",),
            confirmed=True,
            limit=LIMIT,
        ),
    ),
    "capacity_none": LoadTest(
        kind="capacity",
        unit="arrivals/s",
        required=("errors < 1%",),
        passed=False,
        capacity=CapacityVerdict(failed_level=0.5, why=("errors < 1%: 100%",), confirmed=False),
    ),
    "smoke": LoadTest(
        kind="smoke",
        unit="users",
        passed=False,
        smoke=SmokeVerdict(
            endpoints=(
                SmokeRow(endpoint="GET /", requests=12, failures=0, traced=12, passed=True),
                SmokeRow(endpoint="GET /gone", requests=4, failures=4, traced=4, passed=False),
                SmokeRow(endpoint="GET /dark", requests=4, failures=0, traced=0, passed=False),
            ),
            idle_tasks=("Visitor.rare",),
        ),
    ),
    "too_short": LoadTest(
        kind="spike",
        unit="users",
        too_short="The test ended before the load was back at its base.",
        levels=(level("base", 10, 120.0, role="base"),),
    ),
}
"""By name; shown in golden files."""


def hostile() -> LoadTest:
    """Names and sentences that a trace or a file may hold."""
    limit = LIMIT.model_copy(update={"service": HOSTILE})
    return LoadTest(
        kind="stress",
        unit="users",
        levels=(level(HOSTILE, 10, 120.0, held=False, why=(HOSTILE,)),),
        stress=StressVerdict(at_level=10, most_rps=9.0, why=(HOSTILE,), limit=limit),
        smoke=SmokeVerdict(
            endpoints=(SmokeRow(endpoint=HOSTILE, requests=1, failures=1, traced=1, passed=False),),
            idle_tasks=(HOSTILE,),
        ),
    )
