"""What became of every request that the load tool counted."""

from analyzer.report.parts import LeftOut, Part


class Accounting(Part):
    """Where the load tool's requests are; all parts but `killed` add up to `requests`.

    `traced` ones show services, `without_services` only the client: services that sample left them
    out, lost their spans, or were not reached. `sampled_out` ones told services not to record them.
    Of `lost` ones the client span never arrived (or has the ids of another one); of `untraced`
    ones it never was made, as clients made them that are not traced. What is left is `unexplained`:
    below 0 where more arrived than was counted, as after statistics were reset.

    `killed` requests come on top: they were under way when their users were stopped, so that the
    load tool never counted them. Left out where nobody counted what was sent.
    """

    requests: int
    traced: int
    without_services: int
    sampled_out: int
    lost: int
    untraced: int
    unexplained: int
    killed: LeftOut[int] = None
