"""How much of a run its spans show: the report's section `completeness`."""

from analyzer.report.accounting import Accounting
from analyzer.report.parts import LeftOut, Part, Share, Words
from analyzer.report.sampling import SamplingPart
from analyzer.report.traffic import TrafficPart


class IssueRow(Part):
    """Odd data of one kind: how many records, how many spans, and where the first ones are."""

    kind: Words
    count: int
    spans: int
    examples: tuple[Words, ...]


class Completeness(Part):
    """How much of the run the spans show.

    `whole` traces have a root and all parents; `partial` ones miss some; `rootless` ones have a
    root whose parent nobody sent; `multi_root` ones hold several requests. `rejected` spans were
    refused by the collector or unusable in a file. `requests` counts the load tool's requests where
    it is known, else the requests seen in the traces. `not_stored` spans could not be stored when
    they came, and never came again; `turned_away` requests were told to come again before their
    spans were seen, and whether they did is not known; `lost_datagrams` of protocols over UDP are
    gone with the spans in them. `unfinished` parts of the run were killed or still run:
    "collector", "load" or "run". `unserved` requests show only the load tool's span, where its own
    counts do not account for them; `samplers` are those that spans name.
    """

    spans: int
    duplicates: int
    rejected: int
    lost_subtrees: int
    lost_spans: int = 0
    traces: int
    whole: int
    partial: int
    rootless: int
    multi_root: int = 0
    skew_corrected_spans: int
    skew_max_ms: float = 0.0
    adopted_spans: int
    async_spans: int
    linked_traces: int = 0
    requests: int
    requests_without_trace: int
    sampled_share: Share
    client_spans_only: bool = False
    not_stored: int = 0
    turned_away: int = 0
    lost_datagrams: int = 0
    unfinished: tuple[str, ...] = ()
    traffic: LeftOut[TrafficPart] = None
    accounting: LeftOut[Accounting] = None
    unserved: LeftOut[int] = None
    sampling: LeftOut[SamplingPart] = None
    samplers: LeftOut[tuple[Words, ...]] = None
    issues: tuple[IssueRow, ...] = ()
