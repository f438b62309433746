"""Process control: identity, groups, signals, detaching. The only file that knows an OS."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

import psutil

STDERR = 2
WINDOWS = sys.platform == "win32"
NEW_GROUP = 0x00000200 if WINDOWS else 0  # CREATE_NEW_PROCESS_GROUP


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
    return Identity(socket.gethostname(), boot_id(), process.pid, _started(process))


def _started(process: psutil.Process) -> float:
    """On Linux in ticks since the boot: the wall clock, which psutil adds, can be set."""
    try:
        stat = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return process.create_time()
    return float(stat.rpartition(")")[2].split()[19])


def is_this_boot(host: str | None, boot: str | None) -> bool:
    """Whether that host is this one and has not been started anew since."""
    return host == socket.gethostname() and boot == boot_id()


def is_gone(who: Identity) -> bool:
    """Whether the process is provably dead. One on another host is never provably dead."""
    if who.host != socket.gethostname():
        return False
    return who.boot_id != boot_id() or _live(who) is None


def _live(who: Identity) -> psutil.Process | None:
    try:
        process = psutil.Process(who.pid)
        same = _started(process) == who.started
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def kill_group(who: Identity) -> None:
    """Ends a process on this host and all of its group, as far as we may. Never a stranger's."""
    if not is_this_boot(who.host, who.boot_id) or who.pid == os.getpid():
        return
    process = _live(who)
    if process is not None:
        _kill_tree(process)
    elif not WINDOWS and not psutil.pid_exists(who.pid):
        # The leader is gone, but its group may live on: no new process can have that group's id.
        _kill_members(who.pid)


def _kill_tree(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.Error, ProcessLookupError):
        family = process.children(recursive=True)
        if not WINDOWS and os.getpgid(process.pid) == process.pid:
            _kill_members(process.pid)
        for member in [*family, process]:
            with contextlib.suppress(psutil.Error):
                member.kill()


def _kill_members(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


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


def spawn_detached(command: list[str], folder: Path, output: IO[bytes]) -> Identity:
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
    who = identity(process.pid)  # nobody waits for it yet, so that it has a place, dead or alive
    threading.Thread(target=process.wait, daemon=True, name=f"wait-{process.pid}").start()
    return who


def call_program(
    command: list[str], environment: Mapping[str, str], given: bytes = b"", *, limit_s: float
) -> "subprocess.CompletedProcess[bytes]":
    """A short command and all it said. Raises OSError, and TimeoutError when it was ended.

    What it reads is a file that is whole before it starts: if we die, it does not get half of it.
    """
    with tempfile.TemporaryFile() as file:
        file.write(given)
        file.seek(0)
        try:
            return subprocess.run(
                command,
                stdin=file,
                env={**os.environ, **environment},
                capture_output=True,
                timeout=limit_s,
                check=False,
            )
        except subprocess.TimeoutExpired as exc:
            raise TimeoutError(f"{command[0]} did not end within {limit_s:g} s.") from exc


def user_name() -> str:
    """The account that this process really has, whatever its environment says."""
    try:
        return psutil.Process().username()
    except (psutil.Error, KeyError):
        return "unknown"


def let_go(child: subprocess.Popen[bytes]) -> None:
    """The child may begin: it waits for a byte on its stdin."""
    with contextlib.suppress(OSError):  # it has ended already, or reads nothing
        if child.stdin is not None:
            child.stdin.write(b"\n")
            child.stdin.flush()


def close_stdin(child: subprocess.Popen[bytes]) -> None:
    """What it did not read is lost with it."""
    with contextlib.suppress(OSError):
        if child.stdin is not None:
            child.stdin.close()


def end_now(why: str) -> None:
    """Ends this process where it stands: nothing is flushed or closed."""
    with contextlib.suppress(OSError):
        os.write(STDERR, f"{why}\n".encode())
    os._exit(1)


def ask_to_end(child: subprocess.Popen[bytes]) -> None:
    """The polite way: SIGTERM to the group (on Windows: a break event)."""
    with contextlib.suppress(ProcessLookupError, PermissionError, OSError):
        if WINDOWS:
            child.send_signal(signal.CTRL_BREAK_EVENT)  # type: ignore[attr-defined,unused-ignore]
        else:
            os.killpg(child.pid, signal.SIGTERM)


class Stop:
    """Whether a signal asked this process to end its work."""

    def __init__(self) -> None:
        self.signal: str | None = None

    def note(self, number: int, _frame: FrameType | None) -> None:
        self.signal = self.signal or signal.Signals(number).name


@contextlib.contextmanager
def stop_signals() -> Iterator[Stop]:
    """While inside, Ctrl-C, SIGTERM and a closed terminal are noted instead of ending us."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, stop.note) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
