"""What may go wrong with who may see and do what."""

from tests.mutants.mutant import Mutant

OF_ACCESS = (
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
