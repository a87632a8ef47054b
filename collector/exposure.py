"""What a person should know before spans are received: who else may send, and who may listen in."""

import ipaddress
import socket

from collector.forward.access import in_clear
from collector.options import Receiving

ANYWHERE = "listening on {host}, beyond this machine"


def warnings(receiving: Receiving) -> tuple[str, ...]:
    """Sentences to be shown at the start; none where only this machine gets in."""
    found = []
    if not is_loopback(receiving.host):
        found.append(_exposed(receiving))
    if receiving.security.tls:
        from collector.certificates import doubts

        found += [f"warning: {doubt}" for doubt in doubts(receiving.security)]
    found += [
        f"warning: {target} is sent its headers without TLS: whoever is on the way can read them;"
        " see grpcs:// and https://"
        for target in in_clear(receiving.forward, receiving.forward_access)
        if not is_loopback(target.host)
    ]
    return tuple(found)


def is_loopback(host: str) -> bool:
    """Whether a name or address is this machine's loopback and nothing else."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return all(ipaddress.ip_address(target[0]).is_loopback for *_, target in found)


def _exposed(receiving: Receiving) -> str:
    security = receiving.security
    where = ANYWHERE.format(host=receiving.host)
    if security.is_open:
        return (
            f"WARNING: {where}, WITHOUT TLS AND WITHOUT A TOKEN: whoever reaches this machine can"
            " read spans on their way and send false ones; see --tls-cert and --token-file"
        )
    if not security.tls:
        return (
            f"warning: {where}, without TLS: whoever is on the way can read the spans and the"
            " token; see --tls-cert"
        )
    if security.client_ca is None and security.token is None:
        return (
            f"warning: {where}, with TLS and no token: whoever reaches this machine can send"
            " spans; see --token-file and --tls-client-ca"
        )
    return f"note: {where}; what clients need: {security.asked}"
