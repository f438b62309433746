"""Each mutant: what it breaks, where, and the tests that must fail then."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """`old` stands once in `file`. `tests` are pytest's arguments; one of them must fail."""

    name: str
    faults: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


MUTANTS = (
    Mutant(
        "success on a child's word",
        "process",
        "sync_core/runs/proof.py",
        "    return said and sums and done and len(outcomes) == planned > 0\n",
        "    return said\n",
        ("tests/runs/test_hostile_child.py",),
    ),
    Mutant(
        "success before commit",
        "process",
        "sync_core/engine/writer.py",
        "            yield session\n            self._check_awake()\n",
        "            yield session\n            session.rollback()\n",
        ("tests/runs/test_sync.py", "-k", "equal_the_gateway"),
    ),
    Mutant(
        "ledger outside the transaction",
        "process",
        "sync_core/engine/writer.py",
        "        ledger.record_successes(session, self._run_id, successes)\n",
        "        driver = session.connection().connection.driver_connection\n"
        '        driver.execute("COMMIT")\n'
        '        driver.execute("BEGIN IMMEDIATE")\n'
        "        ledger.record_successes(session, self._run_id, successes)\n",
        ("tests/crash/test_failpoints.py", "-k", "before_commit"),
    ),
    Mutant(
        "no fence",
        "process",
        "sync_core/store/fence.py",
        "    if held is None or tuple(held) != (fence.run_id, fence.epoch):\n",
        "    if held is None:\n",
        ("tests/runs/test_reaper.py", "tests/engine/merge/test_merge.py"),
    ),
    Mutant(
        "a unit's error is swallowed",
        "gateway",
        "sync_core/engine/fetching.py",
        "            fetched.pages, fetched.error = [], without_frames(exc)\n",
        "            fetched.pages, fetched.error = [], None\n",
        ("tests/unit/test_fetching.py", "tests/runs/test_sync.py"),
    ),
    Mutant(
        "check, then act",
        "process",
        "sync_core/store/migrations/control/0001_runs_sources_schedules_people.py",
        '            ["source"],\n            unique=True,\n',
        '            ["source"],\n            unique=False,\n',
        ("tests/runs/test_start_race.py",),
    ),
    Mutant(
        "no deadline",
        "network",
        "fetch_data/bounded.py",
        "        if not self._over.wait(timeout_s):\n",
        "        if not self._over.wait(timeout_s * 1_000):\n",
        ("tests/engine/test_gateway_deadlines.py",),
    ),
    Mutant(
        "null is empty",
        "gateway",
        "fetch_data/answer.py",
        '    if not data.startswith(b"["):\n',
        '    if data == b"null":\n        data = b"[]"\n    if not data.startswith(b"["):\n',
        ("tests/engine/test_gateway_answers.py",),
    ),
    Mutant(
        "a unit may vanish",
        "gateway",
        "sync_core/engine/guards.py",
        "        if before and not now:\n            return True\n",
        "        if before and not now:\n            return False\n",
        ("tests/engine/merge/test_guards.py", "-k", "sqlite"),
    ),
    Mutant(
        "any process with that number",
        "process",
        "sync_core/runs/process.py",
        "        same = _started(process) == who.started\n",
        "        same = True\n",
        ("tests/runs/test_reaper.py",),
    ),
    Mutant(
        "a sleeper may commit",
        "process",
        "sync_core/engine/awake.py",
        "        if monotonic_s() - self._beat_s > self._longest_s:\n            raise LostFence",
        "        if False:\n            raise LostFence",
        ("tests/unit/test_awake.py",),
    ),
    Mutant(
        "a lease that is never lost",
        "process",
        "sync_core/runs/lease.py",
        "        if self.fault is None and self._unrenewed_s() > self._longest_s:\n",
        "        if False:\n",
        ("tests/runs/test_lease.py",),
    ),
    Mutant(
        "leases by the wall clock",
        "clock",
        "sync_core/runs/run_clock.py",
        "    if run.clock_s is None or not process.is_this_boot(run.host, run.boot_id):\n",
        "    if True:\n",
        ("tests/runs/test_reaper.py",),
    ),
    Mutant(
        "a database made anew in silence",
        "database",
        "sync_core/store/migrate.py",
        "    if not anew:\n",
        "    if False:\n",
        ("tests/store/test_lost.py",),
    ),
    Mutant(
        "markup is not escaped",
        "screen",
        "pages/_parts/html.py",
        "    return escape(str(given))\n",
        "    return str(given)\n",
        ("tests/faults/test_markup.py",),
    ),
    Mutant(
        "a bare % in the crontab",
        "files",
        "sync_core/schedule/crontab.py",
        '    return parted.replace("%", "\\\\%")\n',
        "    return parted\n",
        ("tests/faults/test_files.py",),
    ),
    Mutant(
        "secrets are shown",
        "secrets",
        "sync_core/base/redact.py",
        "        if disguise.run in text:\n",
        "        if False:\n",
        ("tests/faults/test_secrets.py",),
    ),
    Mutant(
        "everybody may do everything",
        "access",
        "sync_core/access/permissions.py",
        "    if allows(actor, permission):\n        return\n    if actor.must_change:\n",
        "    if True:\n        return\n    if actor.must_change:\n",
        ("tests/access/test_use_cases.py", "-k", "refused_exactly"),
    ),
    Mutant(
        "a use-case that forgets to ask",
        "access",
        "sync_core/runs/cancel.py",
        "    require(actor, RUN)\n",
        "    pass\n",
        ("tests/access/test_use_cases.py", "-k", "refused_exactly"),
    ),
    Mutant(
        "look first, count then",
        "access",
        "sync_core/access/login.py",
        "    _count(databases, buckets, attempt)\n"
        "    known_hash = None if user is None or user.disabled else user.password_hash\n"
        "    if not passwords.matches(known_hash, attempt.password) or user is None:\n",
        "    known_hash = None if user is None or user.disabled else user.password_hash\n"
        "    if not passwords.matches(known_hash, attempt.password) or user is None:\n"
        "        _count(databases, buckets, attempt)\n",
        ("tests/store/test_guessing.py", "-k", "sqlite"),
    ),
    Mutant(
        "unknown names are refused sooner",
        "access",
        "sync_core/access/login.py",
        "    if not passwords.matches(known_hash, attempt.password) or user is None:\n",
        "    if user is None or not passwords.matches(known_hash, attempt.password):\n",
        ("tests/store/test_login.py", "-k", "hard and sqlite"),
    ),
    Mutant(
        "any site may use the websocket",
        "access",
        "sync_core/access/origin.py",
        '    return origin is None or _place(origin) == headers.get("host", "").lower()\n',
        "    return True\n",
        ("tests/faults/test_access_origin.py", "-k", "websocket"),
    ),
    Mutant(
        "a session that never idles",
        "access",
        "sync_core/access/sessions.py",
        " or now - row.last_seen_at >= IDLE:\n",
        ":\n",
        ("tests/store/test_sessions.py", "-k", "sqlite"),
    ),
    Mutant(
        "a poll is activity",
        "access",
        "pages/_parts/fragments.py",
        "            body(_session.current_actor(), *given)\n",
        "            body(_session.current_actor(seen=True), *given)\n",
        ("tests/faults/test_access_tabs.py", "-k", "poll"),
    ),
    Mutant(
        "the last administrator may go",
        "access",
        "sync_core/access/users.py",
        "    if accounts.lock_enabled(session, ADMIN) <= {user.id}:\n",
        "    if False:\n",
        ("tests/store/test_users.py", "-k", "sqlite"),
    ),
    Mutant(
        "an entry of the log may be replaced",
        "access",
        "sync_core/store/migrations/control/0004_who_may_see_and_do_what.py",
        '        "WHEN EXISTS (SELECT 1 FROM access_logs WHERE id = NEW.id) "\n',
        '        "WHEN 0 "\n',
        ("tests/store/test_audit.py", "-k", "sqlite"),
    ),
)
