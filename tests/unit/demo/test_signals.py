"""Programs that promise to end at Ctrl-C do so in a background job as well, which inherits an ignored SIGINT."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.servers import ROOT

IGNORED = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
DEMO = (
    "import threading; from demo.runner import end_by_signals\n"
    "ended = threading.Event(); end_by_signals(ended)\n"
    "assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN\n"
    "print('ready', flush=True); raise SystemExit(0 if ended.wait(30) else 1)"
)
LOAD = (
    "import sys, threading, time; from gateway import __main__ as program\n"
    "def wait(_): print('ready', flush=True); time.sleep(30)\n"
    "program._load = wait; raise SystemExit(program.main(['load']))"
)


@pytest.mark.parametrize(("program", "code"), [(DEMO, 0), (LOAD, 130)])
def test_a_background_job_ends_at_ctrl_c(program: str, code: int) -> None:
    command = [sys.executable, "-c", IGNORED + program]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == code
