"""The committed bundle is what its sources give, and nothing but that bundle is needed to serve the dashboards."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from app import assets
from tests.require import absent, needs

ROOT = Path(__file__).resolve().parents[3]
ASSETS = ROOT / "assets"


def test_the_committed_bundle_equals_a_fresh_build_byte_for_byte() -> None:
    node = needs("node")
    if not (ASSETS / "node_modules" / "esbuild").is_dir():
        absent("the build tools of assets/ are not installed (npm --prefix assets ci)")

    done = subprocess.run([node, "build.mjs", "--check"], cwd=ASSETS, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_the_static_files_are_read_without_node(tmp_path: Path) -> None:
    """No program is on PATH, and starting any process fails."""
    program = (
        "import sys\n"
        "def refuse(event, _):\n"
        "    if event in ('subprocess.Popen', 'os.exec', 'os.posix_spawn', 'os.system'):\n"
        "        raise AssertionError(event)\n"
        "sys.addaudithook(refuse)\n"
        "from app import assets\n"
        "print(len(assets.build().files))"
    )
    environment = {**os.environ, "PATH": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False, cwd=tmp_path
    )

    assert (done.returncode, done.stdout.strip()) == (0, str(len(assets.build().files))), done.stderr
