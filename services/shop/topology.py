"""The services of the shop: who there is, who calls whom, how much each works on at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

ENTRY: Final = "gateway"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One service's place in the shop.

    Attributes:
        threads: how many requests it works on at once; further ones queue, and their callers see
            that as time on the way. Few, so that load finds queues, but enough for a dozen users.
        calls: the services that it calls.
        has_database: whether it keeps tables.
    """

    threads: int
    calls: tuple[str, ...] = ()
    has_database: bool = False


SERVICES: Final[Mapping[str, Place]] = MappingProxyType(
    {
        "gateway": Place(
            threads=16,
            calls=("catalog", "search", "cart", "pricing", "payment", "inventory", "mailer"),
        ),
        "catalog": Place(threads=8, has_database=True),
        "search": Place(threads=8, calls=("catalog", "pricing")),
        "cart": Place(threads=12, calls=("inventory", "pricing")),
        "pricing": Place(threads=16),
        "payment": Place(threads=8),
        "inventory": Place(threads=12, has_database=True),
        "mailer": Place(threads=2),
    }
)
