"""The web process reuses the memory of its buffers: an upload is not paid for page by page."""

import subprocess
import sys

import pytest

BUFFERS = """
import resource, sys, threading
from config.memory import malloc_keep
if sys.argv[1] == "kept":
    assert malloc_keep()
def use():
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    for _ in range(200):
        pieces = [bytearray(b"x") * (512 * 1024) for _ in range(4)]
        del pieces
    print(resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before)
thread = threading.Thread(target=use)
thread.start()
thread.join()
"""


def faults(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", BUFFERS, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.once
def test_buffers_come_out_of_memory_that_the_process_has_kept():
    given_back, kept = faults("left alone"), faults("kept")
    assert given_back > 100 * 512
    assert kept < 10 * 512
