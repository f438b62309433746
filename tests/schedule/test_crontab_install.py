"""The block through the real program `crontab`, and through programs that do not do as they say."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from sync_core.access import audit
from sync_core.access.permissions import command_line_actor
from sync_core.base.errors import ConfigError, DatabaseError
from sync_core.base.settings import Settings, load
from sync_core.cli.main import main
from sync_core.inspect.audit import audit_page
from sync_core.runs.process import user_name
from sync_core.schedule import crontab_program
from sync_core.schedule.caller_state import ABSENT, DIFFERENT, INSTALLED, caller_state
from sync_core.schedule.crontab import crontab_block
from sync_core.schedule.crontab_install import crontab_state, install_crontab, remove_crontab
from sync_core.store.engines import Databases
from tests import seed
from tests.runs.installation import ROOT, wait_until
from tests.schedule.private_cron import CRONTABS, PrivateCron, private_cron

US = command_line_actor()
FOREIGN = [
    b"MAILTO=me\n0 5 * * * /bin/true\n",
    b"# one\n# two\n# three\n# four\n0 5 * * * /bin/true\n",
    b"# one\r\n# \\r\nSHELL=/bin/sh\r\n0 5 * * * /bin/true \xff\xfe\n",
    b"0 5 * * * printf 'a\\r'\n",
    b"# \xd9\xbe\xd9\x88\xd8\xb4\xd9\x87 \x85\x0b\x0c\n\n\n",
]
AS_IT_SAYS = """#!/bin/sh
table={table}
case "$1" in
-l) [ -e $table ] || {{ echo "no crontab for you" >&2; exit 1; }}; cat $table ;;
-r) rm $table ;;
-) {write} ;;
esac
"""


@pytest.fixture(scope="module")
def one_cron() -> Iterator[PrivateCron]:
    with private_cron() as cron:
        yield cron


@pytest.fixture
def cron(
    one_cron: PrivateCron, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PrivateCron]:
    """The program that this process finds is the real one, in the namespace."""
    program = tmp_path / "bin" / "crontab"
    put_program(program, f'#!/bin/sh\nexec {" ".join(one_cron.wrapped)} /usr/bin/crontab "$@"\n')
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    yield one_cron
    one_cron.call("/usr/bin/crontab", "-r")


@pytest.fixture
def databases() -> Iterator[Databases]:
    opened = seed.prepared(load())
    yield opened
    opened.dispose()


def put_program(program: Path, text: str) -> None:
    program.parent.mkdir(exist_ok=True)
    program.write_text(text)
    program.chmod(0o755)


@pytest.fixture
def use_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The table of a program that stands in for `crontab`; it takes whatever it is given."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    table = tmp_path / "table"
    table.write_bytes(FOREIGN[0])
    write(tmp_path, table, f"cat > {table}")
    return table


def write(folder: Path, table: Path, words: str) -> None:
    put_program(folder / "bin" / "crontab", AS_IT_SAYS.format(table=table, write=words))


def elsewhere(tmp_path: Path) -> Settings:
    home = tmp_path / "another home"
    home.mkdir()
    return replace(load(), home=home)


def state(settings: Settings) -> str:
    return caller_state(settings, US, "crontab").state


def recorded(databases: Databases) -> list[str]:
    """What the audit log tells of callers, the latest first."""
    entries = audit_page(databases, US, 1).entries
    return [entry.action for entry in entries if entry.action.startswith("caller.")]


@pytest.mark.parametrize("foreign", FOREIGN)
def test_it_leaves_everybody_elses_lines_alone_to_the_byte(
    cron: PrivateCron, databases: Databases, foreign: bytes
) -> None:
    cron.table = foreign
    assert state(load()) == ABSENT
    assert install_crontab(load(), databases, US).as_wanted
    assert cron.table == crontab_block(load()).encode() + foreign
    assert state(load()) == INSTALLED

    install_crontab(load(), databases, US)
    assert cron.table == crontab_block(load()).encode() + foreign
    assert not remove_crontab(load(), databases, US).installed
    assert cron.table == foreign
    remove_crontab(load(), databases, US)
    assert recorded(databases) == [audit.CALLER_REMOVED, audit.CALLER_INSTALLED]


def test_it_loses_no_comment_of_a_table_that_no_program_wrote(
    cron: PrivateCron, databases: Databases
) -> None:
    """Debian's `crontab -l` takes the first three for a header of its own."""
    file = CRONTABS / user_name()
    cron.call("sh", "-c", f"cat > {file} && chmod 600 {file}", given=FOREIGN[1])
    install_crontab(load(), databases, US)
    assert cron.table == crontab_block(load()).encode() + FOREIGN[1]


def test_it_adds_the_last_newline_without_which_cron_refuses(
    cron: PrivateCron, databases: Databases
) -> None:
    file = CRONTABS / user_name()
    cron.call("sh", "-c", f"cat > {file} && chmod 600 {file}", given=b"A=1\n0 5 * * * /bin/true")
    install_crontab(load(), databases, US)
    remove_crontab(load(), databases, US)
    assert cron.table == b"A=1\n0 5 * * * /bin/true\n"


def test_it_leaves_no_table_where_there_was_none(cron: PrivateCron, databases: Databases) -> None:
    install_crontab(load(), databases, US)
    assert cron.table == crontab_block(load()).encode()
    remove_crontab(load(), databases, US)
    done = cron.call("/usr/bin/crontab", "-l")
    assert (done.returncode, done.stderr[:14]) == (1, b"no crontab for")


def test_it_keeps_two_installations_apart(
    cron: PrivateCron, databases: Databases, tmp_path: Path
) -> None:
    ours, theirs = load(), elsewhere(tmp_path)
    install_crontab(ours, databases, US)
    install_crontab(theirs, databases, US)
    assert (state(ours), state(theirs)) == (INSTALLED, INSTALLED)

    remove_crontab(ours, databases, US)
    assert cron.table == crontab_block(theirs).encode()
    assert (state(ours), state(theirs)) == (ABSENT, INSTALLED)


def test_it_keeps_both_when_two_are_installed_at_once(
    cron: PrivateCron, databases: Databases, tmp_path: Path
) -> None:
    ours, theirs = load(), elsewhere(tmp_path)
    cron.table = FOREIGN[0]
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(install_crontab, one, databases, US) for one in (ours, theirs)]:
            assert done.result().as_wanted
    left = cron.table
    for one in (ours, theirs):
        left = left.replace(crontab_block(one).encode(), b"")
    assert left == FOREIGN[0]


@pytest.mark.parametrize(
    ("change", "part", "found"),
    [
        (("* * * * *", "*/5 * * * *"), "times", "*/5 * * * *"),
        ((sys.executable, "/old/python"), "program", "/old/python"),
        (("cd /", "cd /old/"), "folder", None),
        (("HAMGAM_HOME=", "HAMGAM_HOME=/old"), "HAMGAM_HOME", None),
        (("tick.log", "other.log"), "log", None),
        (("* * * * *", "#* * * * *"), "paused", ""),
        (("# END", "0 0 * * * x\n# END"), "more", "0 0 * * * x"),
        ((" tick ", " status "), "command", None),
    ],
)
def test_it_says_in_which_part_the_installed_block_differs(
    cron: PrivateCron, databases: Databases, change: tuple[str, str], part: str, found: str | None
) -> None:
    cron.table = crontab_block(load()).replace(*change).encode()
    told = caller_state(load(), US, "crontab")
    assert told.state == DIFFERENT
    assert [one.name for one in told.differing] == [part]
    assert found is None or told.differing[0].found == found
    assert install_crontab(load(), databases, US).as_wanted


def test_it_takes_other_comments_for_the_same(cron: PrivateCron) -> None:
    block = crontab_block(load(), {"HAMGAM_LANG": "en", "HAMGAM_DATA_URL": "x"})
    assert block != crontab_block(load(), {})
    cron.table = block.encode()
    assert state(load()) == INSTALLED


def test_it_is_installed_and_removed_by_the_command_line(
    cron: PrivateCron, capsys: pytest.CaptureFixture[str]
) -> None:
    cron.table = FOREIGN[0]
    assert main(["init"]) == 0
    assert main(["schedule", "install", "--json"]) == 0
    assert '"state": "installed"' in capsys.readouterr().out
    assert cron.table == crontab_block(load()).encode() + FOREIGN[0]
    assert main(["schedule", "callers"]) == 0
    assert "crontab       installed" in capsys.readouterr().out
    assert main(["schedule", "remove"]) == 0
    assert "crontab: absent" in capsys.readouterr().out
    assert cron.table == FOREIGN[0]


@pytest.mark.parametrize("spoil", ["head -c 20 > {table}", "cat >> {table}", "cat > /dev/null"])
def test_it_puts_the_old_table_back_when_another_was_stored(
    use_program: Path, tmp_path: Path, databases: Databases, spoil: str
) -> None:
    """The program spoils what it is given once, and does as it says from then on."""
    once = tmp_path / "once"
    words = f"if [ -e {once} ]; then cat > {use_program}; else touch {once}; {spoil}; fi"
    write(tmp_path, use_program, words.format(table=use_program))
    with pytest.raises(ConfigError, match="The old one was put back"):
        install_crontab(load(), databases, US)
    assert use_program.read_bytes() == FOREIGN[0]
    assert recorded(databases) == []


def test_it_says_so_when_the_old_table_cannot_be_put_back(
    use_program: Path, tmp_path: Path, databases: Databases
) -> None:
    write(tmp_path, use_program, f"head -c 5 > {use_program}")
    with pytest.raises(ConfigError, match="could not be put back"):
        install_crontab(load(), databases, US)


def test_it_says_what_to_do_without_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, databases: Databases
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match=r"no program `crontab`.*Install cron"):
        install_crontab(load(), databases, US)
    found = crontab_state(load(), US)
    assert "no program" in str(found.trouble)
    assert caller_state(load(), US, "crontab").state == "unknown"


def test_it_says_what_to_do_when_the_account_is_not_allowed(
    use_program: Path, tmp_path: Path, databases: Databases
) -> None:
    """The words are those of Debian's program for whom /etc/cron.allow does not name."""
    words = "You (hamgam) are not allowed to use this program (crontab)"
    put_program(tmp_path / "bin" / "crontab", f'#!/bin/sh\necho "{words}" >&2\nexit 1\n')
    with pytest.raises(ConfigError, match=r"not allowed.*cron\.allow"):
        install_crontab(load(), databases, US)
    assert use_program.read_bytes() == FOREIGN[0]


def test_it_does_not_wait_for_ever_for_a_program_that_hangs(
    use_program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, databases: Databases
) -> None:
    monkeypatch.setattr(crontab_program, "LONGEST_S", 0.3)
    put_program(tmp_path / "bin" / "crontab", "#!/bin/sh\nexec tail -f /dev/null\n")
    with pytest.raises(ConfigError, match="did not end within"):
        install_crontab(load(), databases, US)


def test_it_refuses_half_a_block_and_changes_nothing(
    use_program: Path, databases: Databases
) -> None:
    broken = crontab_block(load()).encode().split(b"* * * * *")[0]
    use_program.write_bytes(broken)
    with pytest.raises(ConfigError, match="half a block"):
        install_crontab(load(), databases, US)
    assert use_program.read_bytes() == broken
    assert "half a block" in str(crontab_state(load(), US).trouble)


def test_it_does_not_install_what_it_cannot_record(use_program: Path, databases: Databases) -> None:
    with databases.control.write() as session:
        session.connection().exec_driver_sql("DROP TABLE access_logs")
    with pytest.raises(DatabaseError):
        install_crontab(load(), databases, US)
    assert use_program.read_bytes() == FOREIGN[0]


HELD_UP = """
import sys
from sync_core.access.permissions import command_line_actor
from sync_core.base.settings import load
from sync_core.schedule.crontab_install import install_crontab
from sync_core.store.engines import open_databases
settings = load()
install_crontab(settings, open_databases(settings), command_line_actor())
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_the_table_is_whole_when_the_installer_is_killed(
    use_program: Path, tmp_path: Path, databases: Databases, moment: str
) -> None:
    """The program kills who called it, either before it reads or when it has stored."""
    kill = "kill -9 $PPID"
    store = f"cat > {use_program}.new; mv {use_program}.new {use_program}"
    write(tmp_path, use_program, f"{kill}; {store}" if moment == "before" else f"{store}; {kill}")
    done = subprocess.run(
        [sys.executable, "-c", HELD_UP], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == -9
    whole = crontab_block(load()).encode() + FOREIGN[0]
    wait_until(lambda: use_program.read_bytes() == whole, "the table is whole")
    write(tmp_path, use_program, f"cat > {use_program}")
    assert install_crontab(load(), databases, US).as_wanted
    assert use_program.read_bytes() == whole
