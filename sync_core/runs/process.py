"""Process control: identity, groups, signals, detaching. The only file that knows an OS."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

import psutil

WINDOWS = sys.platform == "win32"
NEW_GROUP = 0x00000200 if WINDOWS else 0  # CREATE_NEW_PROCESS_GROUP
START_TOLERANCE_S = 1.0  # a process's start time is read with the kernel's tick as its grain


@dataclass(frozen=True, slots=True)
class Identity:
    """A process that cannot be mistaken for another: pids are reused, also across boots."""

    host: str
    boot_id: str
    pid: int
    started: float


def boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return f"boot-{psutil.boot_time():.0f}"


def identity(pid: int | None = None) -> Identity:
    process = psutil.Process(pid)
    return Identity(socket.gethostname(), boot_id(), process.pid, process.create_time())


def is_gone(who: Identity) -> bool:
    """Whether the process is provably dead. One on another host is never provably dead."""
    if who.host != socket.gethostname():
        return False
    return who.boot_id != boot_id() or _live(who) is None


def _live(who: Identity) -> psutil.Process | None:
    try:
        process = psutil.Process(who.pid)
        same = abs(process.create_time() - who.started) <= START_TOLERANCE_S
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def kill_group(who: Identity) -> None:
    """Ends a process on this host and all of its group. Does nothing for a stranger's pid."""
    if who.host != socket.gethostname() or who.boot_id != boot_id() or who.pid == os.getpid():
        return
    process = _live(who)
    if process is not None:
        _kill_tree(process)
    elif not WINDOWS and not psutil.pid_exists(who.pid):
        # The leader is gone, but its group may live on: no new process can have that group's id.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(who.pid, signal.SIGKILL)


def _kill_tree(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        family = process.children(recursive=True)
        if not WINDOWS and os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, signal.SIGKILL)
        for member in [*family, process]:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()


def spawn_child(
    command: list[str], environment: Mapping[str, str], folder: Path
) -> subprocess.Popen[bytes]:
    """A child in its own process group. We hold its stdin open: its end tells it that we died."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=not WINDOWS,
        creationflags=NEW_GROUP,
    )


def spawn_detached(command: list[str], folder: Path, output: IO[bytes]) -> None:
    """A process that outlives us, our terminal and our signals; while we live, no zombie."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=not WINDOWS,
        creationflags=NEW_GROUP,
    )
    threading.Thread(target=process.wait, daemon=True, name=f"wait-{process.pid}").start()


def ask_to_end(child: subprocess.Popen[bytes]) -> None:
    """The polite way: SIGTERM to the group (on Windows: a break event)."""
    with contextlib.suppress(ProcessLookupError, PermissionError, OSError):
        if WINDOWS:
            child.send_signal(signal.CTRL_BREAK_EVENT)  # type: ignore[attr-defined,unused-ignore]
        else:
            os.killpg(child.pid, signal.SIGTERM)


@contextlib.contextmanager
def stop_signals(on_stop: Callable[[str], None]) -> Iterator[None]:
    """While inside, Ctrl-C and SIGTERM call `on_stop` with the signal's name."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, _frame: FrameType | None) -> None:
        on_stop(signal.Signals(number).name)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
