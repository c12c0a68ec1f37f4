"""Processes that must not outlive the one that started them, however that one ends.

Two ropes: on Linux the kernel's parent-death signal, everywhere the end of a pipe that only the parent holds open.
The rule that is easy to break: the death signal belongs to the parent's *thread*, so children are started from the
main thread only.
"""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

IS_LINUX = sys.platform.startswith("linux")
PR_SET_PDEATHSIG = 1

# Time to end in order after the parent has gone.
END_S = 1.5

_prctl = ctypes.CDLL(None, use_errno=True).prctl if IS_LINUX else None


def end_with_parent() -> Callable[[], None] | None:
    """What a child runs before its program, so that the kernel kills it when this process dies; None elsewhere."""
    if _prctl is None:
        return None
    parent_pid = os.getpid()

    def in_child() -> None:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent_pid:  # it died before the line above
            os.kill(os.getpid(), signal.SIGKILL)

    return in_child


def watch_parent(descriptor: int = 0) -> None:
    """End this process when `descriptor`, a pipe that the parent holds, reaches its end."""

    def wait_for_the_end() -> None:
        try:
            while os.read(descriptor, 1024):
                pass
        except OSError:
            pass  # A pipe that cannot be read says nothing more about the parent than one that has ended.
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(END_S)
        os._exit(1)

    threading.Thread(target=wait_for_the_end, name="parent", daemon=True).start()
