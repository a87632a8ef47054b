"""Profiles as runs, locustfiles and traces give them, hostile names among them."""

from analyzer.report.model import GeneratedBy, Report
from analyzer.report.profile import (
    EndpointShare,
    PlannedPause,
    Profile,
    ProfileEndpoint,
    ProfileTask,
    ProfileUser,
    SeenPause,
)
from analyzer.report.profile_document import (
    Arrivals,
    Interval,
    Planned,
    PlannedTask,
    PlannedUser,
    ProfileDocument,
    Sessions,
    ThinkTimes,
    Traffic,
    TrafficEndpoint,
    Transition,
)
from tests.reporters.builders import shop_report

HOSTILE = "[red]\x1b[2J\u202eevil\n" + "long" * 40
BY = GeneratedBy(name="slowhop", version="0.1.0")


def ran(task: str, planned: float, runs: int, of: int, *, differs: bool = False) -> ProfileTask:
    share = runs / of
    return ProfileTask(
        task=task,
        planned_share=planned,
        runs=runs,
        observed_share=share,
        ci95=(max(0.0, share - 0.02), min(1.0, share + 0.02)),
        differs=differs,
        requests=runs,
        request_share=share,
        endpoints=(EndpointShare(endpoint="GET /", requests=runs, share=1.0),),
    )


def shop_profile(*names: str) -> Profile:
    """A run of two classes of users; further tasks by name."""
    shopper = ProfileUser(
        user="Shopper",
        weight=3,
        planned_users=30,
        users=30,
        differs=False,
        planned_pause=PlannedPause(kind="between", min_s=0.1, max_s=0.6, mean_s=0.35),
        observed_pause=SeenPause(
            count=1980, mean_s=0.352, p5_s=0.12, p25_s=0.22, p50_s=0.35, p75_s=0.48, p95_s=0.58
        ),
        requests=2000,
        request_share=0.8,
        tasks=(
            ran("search_something", 0.375, 760, 2000),
            ran("view_something", 0.25, 390, 2000, differs=True),
            ran("pick_something", 0.375, 850, 2000, differs=True),
            ProfileTask(task="on_start", requests=30, request_share=0.012),
            *(ran(name, 0.1, 10, 100) for name in names),
        ),
    )
    visit = ProfileTask(
        task="BrowseAndBuy", kind="sequence", planned_share=1.0, runs=10, observed_share=1.0
    )
    steps = tuple(
        ran(f"BrowseAndBuy.{step}", 0.25, 125, 500).model_copy(update={"holder": "BrowseAndBuy"})
        for step in ("browse", "view", "add", "buy")
    )
    buyer = ProfileUser(
        user="Buyer",
        weight=1,
        planned_users=10,
        users=7,
        differs=True,
        planned_pause=PlannedPause(kind="constant_pacing", every_s=2),
        requests=500,
        request_share=0.2,
        tasks=(visit, *steps),
    )
    return Profile(
        requests=2500,
        differs=True,
        users=(buyer, shopper),
        endpoints=tuple(
            ProfileEndpoint(
                endpoint=name, requests=100, observed_share=0.2, planned_share=0.21, differs=i == 1
            )
            for i, name in enumerate(("GET /", "POST /cart", *names))
        ),
    )


def cut_short() -> Profile:
    """A run of which only the plan and the spans are left."""
    look = ProfileTask(task="look", planned_share=1.0, requests=12, request_share=1.0)
    visitor = ProfileUser(user="Visitor", weight=1, requests=12, request_share=1.0, tasks=(look,))
    return Profile(requests=12, differs=False, users=(visitor,))


def report_with(profile: Profile) -> Report:
    return shop_report().model_copy(update={"profile": profile})


def planned(*names: str) -> ProfileDocument:
    """What a locustfile plans; further tasks by name."""
    pause = PlannedPause(kind="custom", min_s=1, max_s=3, mean_s=2, samples=400)

    def task(name: str, share: float, holder: str = "", kind: str = "task") -> PlannedTask:
        return PlannedTask.model_validate(
            {
                "task": name, "kind": kind, "holder": holder, "weight": 2, "share": share,
                "tags": ("slow",) if kind == "task" else (),
                "pause": None if kind == "task" else PlannedPause(kind="poisson", mean_s=0.5),
            }
        )  # fmt: skip

    user = PlannedUser(
        user="Reader",
        weight=3,
        share=1.0,
        host="http://example.test",
        on_start=True,
        pause=pause,
        tasks=(
            task("look", 0.5),
            task("Forum", 0.5, kind="chain"),
            task("Forum.read", 1.0, "Forum"),
            *(task(name, 0.1) for name in names),
        ),
    )
    admin = PlannedUser(user="Admin", weight=1, fixed_count=2, tasks=())
    return ProfileDocument(
        generated_by=BY,
        planned=Planned(locustfile="locustfile.py", tool="locust", users=(admin, user)),
    )


def derived(*names: str, sessions: bool = True) -> ProfileDocument:
    """What was derived from traces; further endpoints by name."""
    endpoints = ("GET /", "GET /products/{id}", *names)
    quantiles = tuple(round(0.5 + i * 0.25, 2) for i in range(21))
    steps = [
        Transition(before=before, after=after, count=90 - 7 * i - j, share=0.25)
        for i, before in enumerate((None, *endpoints))
        for j, after in enumerate((*endpoints, None))
        if before or after
    ]
    return ProfileDocument(
        generated_by=BY,
        traffic=Traffic(
            requests=4812,
            left_out=3,
            users=24.4,
            mean_response_s=0.118,
            endpoints=tuple(
                TrafficEndpoint(
                    endpoint=name, method="GET", route="/", requests=1200, share=0.25, failures=i
                )
                for i, name in enumerate(endpoints)
            ),
            arrivals=Arrivals(
                duration_s=600,
                mean_rps=8.02,
                peak_rps=13.5,
                interval_s=60,
                intervals=tuple(
                    Interval(t_s=60 * i, requests=n)
                    for i, n in enumerate((100, 300, 520, 640, 810, 700, 610, 500, 400, 232))
                ),
            ),
            sessions=Sessions(
                known_by="session.id",
                sessions=402,
                requests=4800,
                requests_per_session=11.94,
                think_times=ThinkTimes(
                    count=4398, overlapping=12, mean_s=3.1, quantiles_s=quantiles
                ),
                transitions=tuple(steps),
            )
            if sessions
            else None,
            warnings=("3 requests are not HTTP, or cannot be made again: left out",),
        ),
    )
