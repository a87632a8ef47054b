"""A process that ends when the one that started it ends, however that happened."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
"""From <linux/prctl.h>: the signal this process gets when its parent dies."""


def end_with_parent(parent_pid: int) -> None:
    """Ask the kernel for SIGTERM at the parent's end; at once, if it has ended already.

    On systems other than Linux nothing happens: there the parent's orderly stop has to do. The
    kernel watches the thread that started this process, so that has to be one that lasts.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), signal.SIGTERM)
