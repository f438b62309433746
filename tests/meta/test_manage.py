"""The bootstrap, run as a person runs it, on a small project with two packages of its own."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.conftest import ROOT

POSIX = os.name == "posix"
PATIENCE_S = 180

SYNC_CORE = """
import os, signal, sys
def stop(number, frame):
    print("stopped by the child", flush=True)
    sys.exit(7)
signal.signal(signal.SIGINT, stop)
print(sys.argv[1:], sys.prefix, sys.stdin.readline().strip(), flush=True)
if "wait" in sys.argv:
    signal.pause()
sys.exit(3)
"""
BENCH = "import sys, hamgam_three\nprint(sys.argv[1:])\n"
PYTEST = "import os, sys\nprint(sys.argv[1:], os.environ['PYTHONUTF8'])\n"


def wheel(folder: Path, name: str, version: str = "1.0") -> str:
    """Writes a wheel of one module; its line for a lock."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f'version = "{version}"\n',
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
    }
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in files.items():
            archive.writestr(member, text)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{name}=={version} --hash=sha256:{digest}\n"


class Project:
    """A folder with manage.py, three locks and their wheels, and no other package index."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wheels = folder / "wheels"
        for name in ("tests", "sync_core", "wheels", "pytest", "bench"):
            (folder / name).mkdir(parents=True)
        shutil.copy(ROOT / "manage.py", folder)
        (folder / "sync_core" / "__main__.py").write_text(SYNC_CORE)
        (folder / "pytest" / "__main__.py").write_text(PYTEST)
        (folder / "bench" / "__main__.py").write_text(BENCH)
        (folder / "bench" / "requirements.txt").write_text(wheel(self.wheels, "hamgam_three"))
        self.lock(wheel(self.wheels, "hamgam_one"), wheel(self.wheels, "hamgam_two"))

    def lock(self, runtime: str, tests: str) -> None:
        (self.folder / "requirements.txt").write_text(runtime)
        (self.folder / "tests" / "requirements.txt").write_text(tests)

    @property
    def venv(self) -> Path:
        return self.folder / ".venv"

    @property
    def python(self) -> Path:
        return self.venv / ("bin/python" if POSIX else "Scripts/python.exe")

    def environment(self, **more: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_"))}
        own = {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": self.wheels.as_uri(),
            "PIP_CONFIG_FILE": os.devnull,
        }
        # Without uv, wherever the tests run.
        return {**kept, **own, "PATH": "/usr/bin:/bin", **more}

    def start(self, *arguments: str, **more: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, self.folder / "manage.py", *arguments],
            env=self.environment(**more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, words: str = "", **more: str) -> tuple[int, str, str]:
        """Exit code, stdout, stderr."""
        with self.start(*arguments, **more) as child:
            output, errors = child.communicate(words, timeout=PATIENCE_S)
        return child.returncode, output, errors

    def version(self, name: str) -> str:
        code = f"import {name}; print({name}.version)"
        done = subprocess.run(
            [self.python, "-c", code], capture_output=True, text=True, check=False
        )
        return done.stdout.strip() or done.stderr


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Set up once; tests that break it use their own."""
    made = Project(tmp_path_factory.mktemp("with spaces") / "پروژه")
    code, output, errors = made.run("setup")
    assert (code, output) == (0, ""), errors
    return made


@pytest.fixture
def bare(tmp_path: Path) -> Project:
    return Project(tmp_path / "bare")


def test_it_installs_what_is_locked(project: Project) -> None:
    assert project.version("hamgam_one") == "1.0"


def test_it_calls_no_installer_when_started_again(project: Project) -> None:
    stamp = project.venv / ".installed-runtime"
    before = stamp.stat().st_mtime_ns
    code, _, errors = project.run("setup", PIP_FIND_LINKS="/nowhere")
    assert (code, errors, stamp.stat().st_mtime_ns) == (0, errors, before)
    assert "Installing" not in errors


@pytest.mark.parametrize(("command", "handed"), [("demo", "demo"), ("run", "serve")])
def test_it_hands_over_words_and_exit_code(project: Project, command: str, handed: str) -> None:
    code, output, errors = project.run(command, "--port", "0", words="from stdin\n")
    assert (code, errors) == (3, "")
    assert output == f"{[handed, '--port', '0']} {project.venv} from stdin\n"


@pytest.mark.skipif(not POSIX, reason="there is no SIGINT to send")
def test_it_leaves_ctrl_c_to_the_child(project: Project) -> None:
    with project.start("run", "wait") as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write("\n")
        child.stdin.flush()
        child.stdout.readline()
        os.killpg(child.pid, signal.SIGINT)
        output, errors = child.communicate(timeout=PATIENCE_S)
    assert (child.returncode, output, errors) == (7, "stopped by the child\n", "")


@pytest.mark.parametrize(
    ("given", "handed"),
    [
        ([], ["-m", "not soak"]),
        (["--quick", "-k", "merge"], ["-m", "not (e2e or slow or soak)", "-k", "merge"]),
        (["-x", "--soak"], ["-m", "soak", "-o", "faulthandler_timeout=0", "-x"]),
    ],
)
def test_it_chooses_the_tests(project: Project, given: list[str], handed: list[str]) -> None:
    code, output, _ = project.run("test", *given)
    cores = os.cpu_count() or 1
    parallel = [
        "-n",
        str(cores + 1),
        "--max-worker-restart",
        "0",
        "--dist",
        "loadfile",
        "--no-loadscope-reorder",
    ]
    assert (code, output) == (0, f"{[*parallel, *handed]} 1\n")
    assert (project.folder / "var" / "artefacts").is_dir()
    assert project.version("hamgam_two") == "1.0"


def test_it_installs_the_peers_for_the_bench_alone(project: Project) -> None:
    assert project.version("hamgam_three") != "1.0"
    code, output, _ = project.run("bench", "--quick")
    assert (code, output) == (0, "['--quick']\n")


def test_it_runs_every_check_when_one_fails(project: Project) -> None:
    code, output, _ = project.run("check")
    lines = [line for line in output.splitlines() if line.endswith((" ok", " failed"))]
    assert (code, len(lines)) == (1, 7)


@pytest.mark.parametrize(
    "given", [[], ["bench-press"], ["setup", "now"], ["test", "--quick", "--soak"]]
)
def test_it_refuses_wrong_usage(project: Project, given: list[str]) -> None:
    code, output, errors = project.run(*given)
    assert (code, output, "usage:" in errors or "Choose one" in errors) == (2, "", True)


@pytest.mark.slow
def test_it_makes_the_environment_anew_when_its_python_is_gone(bare: Project) -> None:
    bare.venv.joinpath("bin").mkdir(parents=True)
    bare.python.symlink_to("/nowhere/python3")
    code, _, errors = bare.run("setup")
    assert code == 0, errors
    assert bare.version("hamgam_one") == "1.0"


@pytest.mark.slow
def test_it_follows_the_lock_and_refuses_a_wrong_hash(bare: Project) -> None:
    assert bare.run("setup")[0] == 0
    newer = wheel(bare.wheels, "hamgam_one", "2.0")
    bare.lock(newer[:-9] + "00000000\n", "")
    code, _, errors = bare.run("setup")
    assert (code, "HASHES" in errors, bare.version("hamgam_one")) == (1, True, "1.0")
    bare.lock(newer, "")
    assert bare.run("setup")[0] == 0
    assert bare.version("hamgam_one") == "2.0"


class SilentIndex(BaseHTTPRequestHandler):
    """A package index that takes a call and never answers."""

    asked, over = Event(), Event()

    def do_GET(self) -> None:
        self.asked.set()
        self.over.wait(PATIENCE_S)


@pytest.fixture
def silent_index() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), SilentIndex)
    server.daemon_threads = False
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/simple"
    SilentIndex.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.slow
@pytest.mark.skipif(not POSIX, reason="it kills a group")
def test_it_begins_again_when_the_installation_was_killed(bare: Project, silent_index: str) -> None:
    index = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": silent_index, "PIP_FIND_LINKS": ""}
    with bare.start("setup", **index) as child:
        until(SilentIndex.asked.is_set)
        os.killpg(child.pid, signal.SIGKILL)
    leftover = bare.venv / "leftover"
    leftover.touch()
    code, _, errors = bare.run("setup")
    assert (code, bare.version("hamgam_one"), leftover.exists()) == (0, "1.0", False), errors


def run_changed(project: Project, change: str) -> subprocess.CompletedProcess[str]:
    """Runs `manage.py setup` in a Python that was changed first."""
    code = (
        f"import runpy, sys; {change}; sys.argv = ['manage.py', 'setup'];"
        "runpy.run_path('manage.py', run_name='__main__')"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=project.folder,
        env=project.environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_names_the_package_when_ensurepip_is_missing(bare: Project) -> None:
    done = run_changed(bare, "sys.modules['ensurepip'] = None")
    assert (done.returncode, bare.venv.exists()) == (2, False)
    assert "python3-venv" in done.stderr
    assert f"python3.{sys.version_info.minor}-venv" in done.stderr


def test_it_says_what_it_needs_when_python_is_too_old(bare: Project) -> None:
    done = run_changed(bare, "sys.version_info = (3, 10, 4)")
    assert (done.returncode, bare.venv.exists()) == (2, False)
    assert done.stderr == "Hamgam needs Python 3.11 or newer; this one is 3.10.\n"
