"""The shop as processes: one for each service, and one for a slow network if that is the fault."""

from collections.abc import Mapping

from services import process
from services.plan import Plan
from services.shop import network, settings
from services.shop.faults import knobs
from services.shop.topology import ENTRY, SERVICES

SERVICE_MODULE = "services.shop"
NETWORK_MODULE = "services.shop.network"
NETWORK = f"{network.CALLER}-to-{network.CALLEE}"


def plan(fault: str, *, strength: float, seed: int, database_url: str | None) -> Plan:
    """The shop's processes while a fault is on.

    Raises:
        ServiceError: no such fault, or no such strength.
    """
    modules = dict.fromkeys(SERVICES, SERVICE_MODULE)
    if knobs(fault, strength=strength).search_hop_delay_ms > 0:
        modules[NETWORK] = NETWORK_MODULE
    common = {
        settings.FAULT: fault,
        settings.STRENGTH: str(strength),
        process.SEED: str(seed),
    }
    if database_url is not None:
        common[settings.DATABASE_URL] = database_url

    def environment(name: str, urls: Mapping[str, str]) -> dict[str, str]:
        callees = (network.CALLEE,) if name == NETWORK else SERVICES[name].calls
        called = {process.url_variable(callee): urls[callee] for callee in callees}
        if name == network.CALLER and NETWORK in urls:
            called[process.url_variable(network.CALLEE)] = urls[NETWORK]
        return {**common, **called}

    return Plan(system="shop", entry=ENTRY, modules=modules, environment=environment)
