"""A command survives its compiler, and signals reach it through the process that waits for it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from echoscope import Store
from echoscope.process import supervisor
from quick import QUICK

CODE = """
import os, signal, sys, time
from echoscope.process import supervisor, xla
supervisor.supervise()
print("began", flush=True)
"""


def started(code: str) -> subprocess.Popen[str]:
    plain = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    command = [sys.executable, "-c", CODE + code]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=plain
    )


def test_what_crashes_is_tried_again_without_switches_and_said() -> None:
    with started(
        "xla.ask_for_speed()\nos.abort() if xla.FASTER in os.environ.get('XLA_FLAGS', '') else"
        " sys.exit(3)"
    ) as process:
        out, err = process.communicate()
    assert (out, process.returncode) == ("began\nbegan\n", 3)
    assert (
        err.splitlines()[-1]
        == "echoscope: the training crashed (SIGABRT), as its compiler can; it is tried again"
        " without the switches that make it faster."
    )


def test_attention_that_carries_its_state_is_compiled_without_a_crash(tmp_path: Path) -> None:
    """By the compiler with all that a command asks it for, which tests do not."""
    plain = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    settings = "run whole --sampling stream --model attention --units 4 --vocab-size 4 --epochs 2"
    done = subprocess.run(
        [sys.executable, "-m", "echoscope", *settings.split(), "--store", str(tmp_path)],
        env=plain,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_reaches_the_child(number: signal.Signals) -> None:
    handling = (
        f"signal.signal({int(number)}, lambda *_: sys.exit(7)); print('ready', flush=True);"
        " time.sleep(60)"
    )
    with started(handling) as process:
        assert process.stdout
        assert [process.stdout.readline() for _ in range(2)] == ["began\n", "ready\n"]
        process.send_signal(number)
        assert process.wait(20) == 7


def test_a_signal_for_a_child_that_is_gone_is_for_nobody() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait(20)
    came: list[int] = []
    supervisor._send(child.pid, signal.SIGTERM, came)
    supervisor._kill(child.pid, signal.SIGKILL)
    assert came == [signal.SIGTERM]


def test_a_kill_of_either_ends_both() -> None:
    with started("print(os.getpid(), flush=True); time.sleep(60)") as process:
        assert process.stdout
        child = [process.stdout.readline() for _ in range(2)][1]
        process.kill()
        assert process.stdout.read() == "", child  # the pipe is closed: nobody is left
    with started("os.kill(os.getpid(), 9)") as process:
        _, err = process.communicate()
        assert (process.returncode, "signal 9" in err) == (137, True)


def test_a_second_signal_ends_a_child_that_hears_none() -> None:
    deaf = (
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
    )
    with started(deaf) as process:
        assert process.stdout
        assert process.stderr
        assert [process.stdout.readline() for _ in range(2)] == ["began\n", "ready\n"]
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)  # two at once would be one
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 128 + signal.SIGTERM
        assert (
            process.stderr.read()
            == "echoscope: ended at once; nothing of this training was kept.\n"
        )


RUN = """
import importlib, os, sys
from echoscope.process import xla
module = importlib.import_module("echoscope.cli.commands.run")
train = module.trained_group
def crashing(*given):
    if ALWAYS or xla.LOOPS in os.environ.get("XLA_FLAGS", ""):
        os.abort()
    return train(*given)
module.trained_group = crashing
from echoscope.start import main
main()
"""


@pytest.mark.parametrize("always", [False, True])
def test_a_run_whose_compiler_crashes_says_its_page_once(tmp_path: Path, always: bool) -> None:
    settings = ["run", "current", "--epochs", "2", "--file", "/dev/stdin", "--store", str(tmp_path)]
    process = subprocess.run(
        [sys.executable, "-c", RUN.replace("ALWAYS", repr(always)), *settings],
        input="\n".join(map(str, [3, 1, 4, 1, 5, 9, 2, 6] * 20)),
        capture_output=True,
        check=False,
        text=True,
        env=os.environ | {"XLA_FLAGS": QUICK},
    )
    texts = process.stderr.splitlines()
    assert "(SIGABRT), as its compiler can; it is tried again" in texts[0]
    assert process.stdout.count("What goes in") == 1, process.stdout
    if always:
        assert (process.returncode, len(texts)) == (128 + signal.SIGABRT, 2)
        assert "the training crashed again (SIGABRT)" in texts[1]
        assert "nothing of it was kept" in texts[1]
        return
    assert process.returncode == 0, process.stderr
    assert "Learning curve" in process.stdout
    (row,) = Store(tmp_path).rows()
    assert Store(tmp_path).find(row.id).versions["XLA_FLAGS"] == QUICK
