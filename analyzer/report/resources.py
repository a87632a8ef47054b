"""What services and the load generator used of their machines."""

from analyzer.report.parts import LeftOut, Part, Words


class Resources(Part):
    """What one service used while there was load, all its processes together.

    The processor is in percent of one core: 150 is one and a half. Without `max` in its name a
    figure is the mean. `cpu_delay_percent` is how long threads were ready to run and waited for a
    processor, likewise. What nobody measured is left out.
    """

    service: Words
    instances: LeftOut[int] = None
    cpu_percent: LeftOut[float] = None
    cpu_max_percent: LeftOut[float] = None
    cpu_delay_percent: LeftOut[float] = None
    memory_mb: LeftOut[float] = None
    memory_max_mb: LeftOut[float] = None
    disk_read_mb_s: LeftOut[float] = None
    disk_write_mb_s: LeftOut[float] = None
    network_in_mb_s: LeftOut[float] = None
    network_out_mb_s: LeftOut[float] = None
    threads_max: LeftOut[float] = None
