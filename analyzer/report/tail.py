"""Why the slow requests are slow: the report's section `tail`."""

from typing import Literal

from analyzer.report.parts import LeftOut, Part, Share, TraceId, Words


class TailRow(Part):
    """What slow requests spend on something, and what typical requests of the same endpoint do.

    Rows of services and hops split the whole excess; rows of operations split it another way. A
    negative excess is time that slow requests spend less.
    """

    kind: Literal["service", "hop", "operation"]
    service: LeftOut[Words] = None
    caller: LeftOut[Words] = None
    callee: LeftOut[Words] = None
    operation: LeftOut[Words] = None
    slow_mean_ms: float
    typical_mean_ms: float
    excess_ms: LeftOut[float] = None
    excess_share: float
    slow_calls_per_request: LeftOut[float] = None
    typical_calls_per_request: LeftOut[float] = None
    exemplars: tuple[TraceId, ...] = ()


class TailAttribute(Part):
    """An attribute value that slow requests have more often than chance explains.

    `slow_share` and `typical_share` say in which part of the slow and of the typical requests a
    span of the service has the value, `odds_ratio` how far the odds are apart within an endpoint.
    `excess_ms` is the part of the mean excess that would be gone if requests with this value were
    slow no more often than the others. `p_adjusted` is the chance to see any such difference among
    all attributes tested if none mattered. `also` names values that the same requests have.
    """

    service: Words
    attribute: Words
    value: Words
    slow_requests: int
    slow_share: Share
    typical_share: Share
    odds_ratio: float
    p_adjusted: float
    excess_ms: float
    excess_share: Share
    also: tuple[Words, ...] = ()
    exemplars: tuple[TraceId, ...] = ()


class Tail(Part):
    """Why the slow requests are slow.

    Slow requests are beyond the 95th percentile of their endpoint, typical ones from its 25th to
    its 75th; the typical means weigh the endpoints as the slow requests do. `slow_from_ms` is the
    fastest slow request of any endpoint. `slow_requests` and `typical_requests` are those that were
    seen; times and calls are those of the requests that they stand for. `attributes_tested` is how
    many attribute values were compared; 0 where attributes are not known.
    """

    slow_from_ms: float
    slow_requests: int
    typical_requests: int
    slow_mean_ms: LeftOut[float] = None
    typical_mean_ms: LeftOut[float] = None
    excess_ms: LeftOut[float] = None
    rows: tuple[TailRow, ...]
    attributes: tuple[TailAttribute, ...] = ()
    attributes_tested: int = 0
