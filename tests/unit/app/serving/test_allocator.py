"""What a large answer took is given back."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
from app.serving.allocator import return_large_blocks
{call}
def resident():
    return int(next(l for l in open("/proc/self/status") if l.startswith("VmRSS")).split()[1]) / 1024
bytearray(30 * 2**20)  # freed at once: glibc's own threshold follows it
before = resident()
blocks = [bytes(2**20) for _ in range(200)]
keep = [bytes(1000) for _ in range(1000)]  # lies above the blocks and keeps the heap from shrinking
del blocks
print(resident() - before)
"""


def _left(call: str) -> float:
    output = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(call=call)], check=True, capture_output=True, text=True
    )
    return float(output.stdout)


def test_freed_blocks_of_a_mebibyte_are_not_kept() -> None:
    assert _left("return_large_blocks()") < 10  # about 28 without
