"""The shop as processes: one for each service, and one for a slow network if that is the fault."""

from collections.abc import Mapping

from services import delay_proxy, process
from services.plan import Plan
from services.shop import settings
from services.shop.faults import knobs
from services.shop.topology import ENTRY, SERVICES

SERVICE_MODULE = "services.shop"
PROXY_MODULE = "services.delay_proxy"
SLOW_CALLER, SLOW_CALLEE = "gateway", "search"
PROXY = f"{SLOW_CALLER}-to-{SLOW_CALLEE}"


def plan(fault: str, *, strength: float, seed: int, database_url: str | None) -> Plan:
    """The shop's processes while a fault is on.

    Raises:
        ServiceError: no such fault, or no such strength.
    """
    delay_ms = knobs(fault, strength=strength).search_hop_delay_ms
    modules = dict.fromkeys(SERVICES, SERVICE_MODULE)
    if delay_ms > 0:
        modules[PROXY] = PROXY_MODULE
    common = {
        settings.FAULT: fault,
        settings.STRENGTH: str(strength),
        process.SEED: str(seed),
    }
    if database_url is not None:
        common[settings.DATABASE_URL] = database_url

    def environment(name: str, urls: Mapping[str, str]) -> dict[str, str]:
        if name == PROXY:
            return {
                delay_proxy.TARGET: urls[SLOW_CALLEE].removeprefix("http://"),
                delay_proxy.DELAY_MS: str(delay_ms),
            }
        callees = {
            process.url_variable(callee): urls[
                PROXY if PROXY in urls and (name, callee) == (SLOW_CALLER, SLOW_CALLEE) else callee
            ]
            for callee in SERVICES[name].calls
        }
        return {**common, **callees}

    return Plan(system="shop", entry=ENTRY, modules=modules, environment=environment)
