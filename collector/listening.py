"""Who listens on a port of this machine."""

import psutil


def listener_of(port: int) -> int | None:
    """The process that listens on a TCP port; None if none does, or whose it is cannot be seen.

    Of several, as of a server and its workers, the oldest one: the others are its children.
    """
    found: dict[int, float] = {}
    for process in psutil.process_iter():
        try:
            for connection in process.net_connections("tcp"):
                if connection.status == psutil.CONN_LISTEN and connection.laddr[1] == port:
                    found[process.pid] = process.create_time()
        except psutil.Error:
            continue  # it has ended, or belongs to somebody else
    return min(found, key=lambda pid: (found[pid], pid)) if found else None
