"""Ctrl-C in the middle of a start is heard at its end, and by nobody who was started."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from pipelines.interrupts import interrupts_held

HEARS = "import signal; print(signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, []))"


def ctrl_c() -> None:
    """To this thread: sent to the process, another thread that a test left may take its time."""
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)


@pytest.fixture
def as_started():
    """Ctrl-C as Python sets it at its start, whatever an earlier test left."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_is_raised_when_the_block_has_ended(as_started):
    ended = []

    def interrupted():
        with interrupts_held():
            ctrl_c()
            ended.append(True)

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert ended
    with pytest.raises(KeyboardInterrupt):  # and heard at once again afterwards
        ctrl_c()


def test_a_process_started_in_the_block_never_hears_it():
    with interrupts_held():
        inside = subprocess.run([sys.executable, "-c", HEARS], capture_output=True, text=True)
    outside = subprocess.run([sys.executable, "-c", HEARS], capture_output=True, text=True)
    assert (inside.stdout, outside.stdout) == ("False\n", "True\n")


def test_outside_the_main_thread_nothing_is_held():
    seen = []

    def started():
        before = signal.getsignal(signal.SIGINT)
        with interrupts_held():
            seen.append(signal.getsignal(signal.SIGINT) is before)

    thread = threading.Thread(target=started)
    thread.start()
    thread.join()
    assert seen == [True]
