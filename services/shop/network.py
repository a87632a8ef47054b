"""The network between gateway and search, which is slow if that is the fault.

python -m services.shop.network, with the environment of any service that calls search.
"""

import os
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

from services import delay_proxy, process
from services.errors import ServiceError
from services.shop.settings import active_knobs

CALLER, CALLEE = "gateway", "search"


def slow_network(environment: Mapping[str, str]) -> delay_proxy.SlowNetwork:
    """The network as the environment's fault makes it.

    Raises:
        ServiceError: no such fault, or nobody says where search is.
    """
    variable = process.url_variable(CALLEE)
    address = urlsplit(process.required(environment, variable))
    if address.hostname is None or address.port is None:
        raise ServiceError(
            f"{variable} names no host and port", hint=f"set it to a URL: {variable}=http://host:1"
        )
    return delay_proxy.SlowNetwork(
        host=address.hostname,
        port=address.port,
        delay_s=active_knobs(environment).search_hop_delay_ms / 1000,
    )


def main() -> int:
    """Run until SIGTERM; 2 where the environment makes no sense."""
    process.end_with_launcher(os.environ)
    try:
        network = slow_network(os.environ)
    except ServiceError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return 2
    delay_proxy.run(network, process.listening_socket(os.environ))
    return 0


if __name__ == "__main__":
    sys.exit(main())
