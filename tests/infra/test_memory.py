"""Memory given back, seen from outside in a process of its own: arenas are settled when it starts."""

import subprocess
import sys

SCRIPT = """
import pathlib
from portal.infra.crypto.passwords import Passwords
from portal.infra.memory import use_one_arena

def resident_kib():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1])

use_one_arena()
passwords = Passwords(peppers={"a": b"x" * 32}, active_pepper="a", pool_size=1)
for _ in range(2):  # the first is mapped apart; from the second on the C library keeps what it has learnt to need
    passwords.hash("a few unrelated words")
used = resident_kib()
passwords.release_memory()
print(used - resident_kib())
"""


def test_a_quiet_process_gives_back_what_hashing_took() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=True
    )
    assert int(done.stdout) > 15 * 1024
