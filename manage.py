"""Makes `.venv`, installs what is locked there and hands over; never into the system's Python.

Standard library only. It must still *parse* under older Pythons, so that they get words instead
of a SyntaxError: no walrus, no match, no `from __future__`.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - this file is what an older Python meets first
    sys.stderr.write(
        "Hamgam needs Python 3.11 or newer; this one is {}.{}.\n".format(*sys.version_info[:2])
    )
    sys.exit(2)

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOCKS = {
    "runtime": ROOT / "requirements.txt",
    "tests": ROOT / "tests" / "requirements.txt",
    "bench": ROOT / "bench" / "requirements.txt",
}

# What a stamp says from before the first package is written until after the last one.
INSTALLING = "installing"

# Where set, these would send packages past .venv.
DIVERTING = ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER")
# Without bytecode every process of a run compiles its libraries anew: a second for each.
SLOWING = "PYTHONDONTWRITEBYTECODE"

USAGE = """\
usage: python3 manage.py COMMAND [ARGUMENT...]

  setup                        make .venv and install what is locked (the others do it, too)
  demo  [ARGUMENT...]          start with a demo gateway and fictional people
  run   [ARGUMENT...]          start the dashboard
  test  [--quick | --soak] [PYTEST ARGUMENT...]
                               all tests but the soak tests; --quick leaves out the slow ones
                               and the browser's, --soak runs the soak tests alone
  test  --mutants [NAME...]    break copies of the code on purpose, and see the tests fail
  check                        style, types, imports, catalogues; warns of known weaknesses
  bench [ARGUMENT...]          measure a sync beside a floor and other tools (a quarter of an hour)
  bench --screens              measure the pages before a hundred thousand runs (five minutes)
  bench --tick                 measure a minute in which nothing is due (half a minute)
"""

# A soak test may take longer than the time after which pytest takes a test as hung.
# One process more than cores, for tests wait for others; a file's tests stay together, for they
# share servers; the files come in the order of `tests/conftest.py`.
# Where one of the processes dies, all end: its tests would else be waited for in vain.
PARALLEL = (
    *("-n", str((os.cpu_count() or 1) + 1), "--max-worker-restart", "0"),
    *("--dist", "loadfile", "--no-loadscope-reorder"),
)
MARKS = {
    "--quick": ("-m", "not (e2e or slow or soak)"),
    "--soak": ("-m", "soak", "-o", "faulthandler_timeout=0"),
}

MUTANTS = "--mutants"

CHECKS = (
    ("ruff check", ("-m", "ruff", "check", ".")),
    ("ruff format", ("-m", "ruff", "format", "--check", ".")),
    ("mypy", ("-m", "mypy")),
    (
        "imports",
        ("-c", "from importlinter.cli import lint_imports_command as check; check(['--no-logo'])"),
    ),
    ("catalogs", ("-m", "tests.meta.catalogs")),
    ("security", ("-m", "tests.meta.security_page")),
    ("pip-audit", ("-m", "tests.meta.vulnerabilities")),
)
# A check's exit code that is worth a look, but fails nothing.
WARNING = 3


class SetupFailed(Exception):
    """Setup cannot go on; the message says what to do."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def main(arguments: Sequence[str]) -> int:
    command, rest = (arguments[0], list(arguments[1:])) if arguments else ("", [])
    if command in ("-h", "--help", "help"):
        sys.stdout.write(USAGE)
        return 0
    if command not in COMMANDS:
        sys.stderr.write(USAGE)
        return 2
    try:
        return COMMANDS[command](rest)
    except SetupFailed as exc:
        say(str(exc))
        return exc.exit_code
    except OSError as exc:
        say(f"{exc}")
        return 1
    except KeyboardInterrupt:
        say("Interrupted.")
        return 130


def setup(rest: Sequence[str]) -> int:
    if rest:
        sys.stderr.write(USAGE)
        return 2
    install_stale("runtime")
    say(f"Ready: {PYTHON.relative_to(ROOT)}")
    return 0


def demo(rest: Sequence[str]) -> int:
    install_stale("runtime")
    return hand_over(["-m", "sync_core", "demo", *rest])


def run(rest: Sequence[str]) -> int:
    install_stale("runtime")
    return hand_over(["-m", "sync_core", "serve", *rest])


def test(rest: Sequence[str]) -> int:
    if MUTANTS in rest:
        install_stale("runtime", "tests")
        return hand_over(["-m", "tests.mutants", *(name for name in rest if name != MUTANTS)])
    chosen = [argument for argument in rest if argument in MARKS]
    if len(chosen) > 1:
        raise SetupFailed("Choose one of --quick and --soak.", 2)
    marks = MARKS[chosen[0]] if chosen else ("-m", "not soak")
    others = [argument for argument in rest if argument not in MARKS]
    install_stale("runtime", "tests")
    (ROOT / "var" / "artefacts").mkdir(parents=True, exist_ok=True)
    return hand_over(["-m", "pytest", *PARALLEL, *marks, *others], {"PYTHONUTF8": "1"})


def check(rest: Sequence[str]) -> int:
    if rest:
        sys.stderr.write(USAGE)
        return 2
    install_stale("runtime", "tests")
    outcomes = [passes(name, arguments) for name, arguments in CHECKS]
    return 0 if all(outcomes) else 1


def bench(rest: Sequence[str]) -> int:
    install_stale("runtime", "bench")
    return hand_over(["-m", "bench", *rest])


COMMANDS = {
    "setup": setup,
    "demo": demo,
    "run": run,
    "test": test,
    "check": check,
    "bench": bench,
}


def passes(name: str, arguments: Sequence[str]) -> bool:
    done = subprocess.run(
        [str(PYTHON), *arguments],
        cwd=ROOT,
        env={**our_environment(), "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    outcome = {0: "ok", WARNING: "warning"}.get(done.returncode, "failed")
    shown = "" if outcome == "ok" else done.stdout.rstrip() + "\n"
    sys.stdout.write(f"{name:<12} {outcome}\n{shown}")
    sys.stdout.flush()
    return outcome != "failed"


def hand_over(arguments: Sequence[str], more: Mapping[str, str] | None = None) -> int:
    """Becomes the venv's Python; where the system has no exec, waits for it to end."""
    command = [str(PYTHON), *arguments]
    environment = {**our_environment(), **(more or {})}
    os.chdir(ROOT)
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "posix":
        os.execve(command[0], command, environment)  # noqa: S606 - no shell is wanted
    return wait_for(subprocess.Popen(command, env=environment))


def our_environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != SLOWING}


def wait_for(child: "subprocess.Popen[bytes]") -> int:
    """The child's exit code. Ctrl-C reaches the child as well, and it decides how to end."""
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue


def install_stale(*names: str) -> None:
    """Installs the locks whose stamp is missing or old; otherwise it only reads small files."""
    if all(is_installed(name) for name in names):
        return
    with only_one_setup():
        if not is_sound():
            make_venv()
        for name in names:
            if not is_installed(name):
                install(name)


def is_installed(name: str) -> bool:
    return PYTHON.exists() and read_stamp(name) == wanted_stamp(name)


def is_sound() -> bool:
    """Whether `.venv` can be installed into as it stands."""
    whole = all(read_stamp(name) != INSTALLING for name in LOCKS)
    return whole and PYTHON.exists() and succeeds([str(PYTHON), "-c", ""])


def stamp(name: str) -> Path:
    return VENV / f".installed-{name}"


def read_stamp(name: str) -> str:
    try:
        return stamp(name).read_text(encoding="utf-8")
    except OSError:
        return ""


def write_stamp(name: str, text: str) -> None:
    """In one step: a reader sees the old text or the new one, never half of it."""
    new = VENV / f".installed-{name}.new"
    new.write_text(text, encoding="utf-8")
    os.replace(new, stamp(name))


def wanted_stamp(name: str) -> str:
    """The lock's digest, and the Python below `.venv`: an upgrade of the system may exchange it."""
    digest = hashlib.sha256(LOCKS[name].read_bytes()).hexdigest()
    return f"{digest}\n{os.path.realpath(PYTHON)}\n{venv_version()}\n"


def venv_version() -> str:
    try:
        lines = (VENV / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line for line in lines if line.startswith("version")), "")


def make_venv() -> None:
    uv = shutil.which("uv")
    if uv is None and not can_make_venv():
        version = "{}.{}".format(*sys.version_info[:2])
        raise SetupFailed(
            "This Python cannot make a virtual environment: venv or ensurepip is missing.\n"
            f"On Debian and Ubuntu install python3-venv (or python{version}-venv), "
            "then start again.",
            2,
        )
    say("Making .venv")
    remove_venv()
    VENV.mkdir()
    # First of all, so that a kill from here on is seen by the next start.
    write_stamp("runtime", INSTALLING)
    # The base: the interpreter at work may be the one of the .venv that was just removed.
    base = str(getattr(sys, "_base_executable", sys.executable))
    made = uv is not None and succeeds(
        [uv, "venv", "-q", "--allow-existing", "-p", base, str(VENV)]
    )
    if not made and installer([base, "-m", "venv", str(VENV)]) != 0:
        remove_venv()
        raise SetupFailed("The virtual environment could not be made; the reason stands above.", 2)


def can_make_venv() -> bool:
    return all(importlib.util.find_spec(module) for module in ("venv", "ensurepip"))


def remove_venv() -> None:
    try:
        if VENV.exists():
            shutil.rmtree(VENV)
    except OSError as exc:
        raise SetupFailed(
            f"{VENV} cannot be removed: {exc}. Stop what runs from it, then start again."
        ) from exc


def install(name: str) -> None:
    say(f"Installing {LOCKS[name].relative_to(ROOT).as_posix()}; the first time takes a while")
    write_stamp(name, INSTALLING)
    if install_with_uv(name) or install_with_pip(name):
        write_stamp(name, wanted_stamp(name))
        return
    # The installer ended by itself: what it has written is whole, and the next start goes on.
    stamp(name).unlink()
    raise SetupFailed("The packages could not be installed; the reason stands above.")


def install_with_uv(name: str) -> bool:
    uv = shutil.which("uv")
    if uv is None:
        return False
    arguments = ["pip", "install", "-q", "-p", str(PYTHON), "--require-hashes"]
    if installer([uv, *arguments, "-r", str(LOCKS[name])]) == 0:
        return True
    say("uv could not install; trying pip, which may know another package index")
    return False


def install_with_pip(name: str) -> bool:
    pip = [str(PYTHON), "-m", "pip"]
    if not succeeds([*pip, "--version"]) and installer([str(PYTHON), "-m", "ensurepip"]) != 0:
        return False
    arguments = [
        "install",
        "-q",
        "--disable-pip-version-check",
        "--no-input",
        "--no-compile",
        "--no-deps",
    ]
    return installer([*pip, *arguments, "--require-hashes", "-r", str(LOCKS[name])]) == 0


def installer(command: Sequence[str]) -> int:
    """Its words go to stderr: stdout belongs to the command that is handed over to."""
    return subprocess.run(
        command, cwd=ROOT, env=install_environment(), stdout=sys.stderr.fileno(), check=False
    ).returncode


def succeeds(command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(command, env=install_environment(), capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def install_environment() -> dict[str, str]:
    dropped = {*DIVERTING, SLOWING}
    return {key: value for key, value in os.environ.items() if key not in dropped}


@contextmanager
def only_one_setup() -> Iterator[None]:
    """A second setup waits here until the first has ended."""
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "setup.lock").open("a+b") as file:
        lock(file.fileno())
        yield


def lock(descriptor: int) -> None:
    """Held until the file is closed, also by a kill."""
    if sys.platform == "win32":
        import msvcrt

        # It gives up after ten seconds; an installation may take longer.
        while True:
            with suppress(OSError):
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
                return
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
