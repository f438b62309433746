"""What may go wrong with runs that come by themselves, and with word of what went wrong."""

from tests.mutants.mutant import Mutant

OF_SCHEDULES = (
    Mutant(
        "a slot starts twice",
        "clock",
        "sync_core/schedule/plan.py",
        "    if slot == plan.slot_at:\n        return Step(plan.following(now))\n",
        "",
        ("tests/unit/test_plan.py", "tests/faults/test_schedule.py"),
    ),
    Mutant(
        "two ticks start one slot",
        "process",
        "sync_core/store/schedules.py",
        "        Schedule.next_due_at.is_not_distinct_from(seen.next_due_at),\n",
        "",
        ("tests/store/test_schedules.py", "-k", "sqlite"),
    ),
    Mutant(
        "no quiet window",
        "clock",
        "sync_core/schedule/plan.py",
        "    if plan.is_quiet(now) and plan.catches_up:\n"
        "        return _put_off(plan, missed, now)\n"
        "    if plan.is_quiet(now) or not (plan.catches_up or now - slot <= GRACE):\n",
        "    if not (plan.catches_up or now - slot <= GRACE):\n",
        ("tests/unit/test_plan.py",),
    ),
    Mutant(
        "nobody counts what was missed",
        "clock",
        "sync_core/schedule/plan.py",
        "    missed = plan.waiting + plan.count(plan.due_at, now)\n",
        "    missed = plan.waiting\n",
        ("tests/unit/test_plan.py",),
    ),
    Mutant(
        "a wrong password every minute",
        "gateway",
        "sync_core/schedule/backoff.py",
        "    return slot + min(LONGEST_HOLD, distance * (1 << doublings))\n",
        "    return slot + distance\n",
        ("tests/unit/test_verdict.py",),
    ),
    Mutant(
        "a refused login is tried again",
        "gateway",
        "sync_core/schedule/verdict.py",
        "    if due_at is None:\n        return None, None\n",
        "    if due_at is None:\n        due_at = newest.finished_at\n",
        ("tests/unit/test_verdict.py",),
    ),
    Mutant(
        "the last one to save wins",
        "database",
        "sync_core/schedule/plans.py",
        "    if expected is not None and expected != row.updated_at:\n",
        "    if False:\n",
        ("tests/store/test_schedules.py", "-k", "sqlite"),
    ),
    Mutant(
        "foreign lines are taken out as well",
        "files",
        "sync_core/schedule/crontab_text.py",
        "        if word not in marks:\n            continue\n",
        '        if not word.startswith(b"#"):\n            continue\n',
        ("tests/unit/test_crontab_text.py",),
    ),
    Mutant(
        "a run tells the same twice",
        "database",
        "sync_core/store/migrations/control/0009_alerts_and_their_outbox.py",
        '        sa.UniqueConstraint("run_id", "rule", name="one_alert_a_run_and_rule"),\n',
        "",
        ("tests/store/test_alert_outbox.py", "-k", "sqlite"),
    ),
    Mutant(
        "told, although it never ended",
        "database",
        "sync_core/alerts/endings.py",
        "            put(session, found, now)\n",
        "            put(session, found, now)\n            session.commit()\n",
        ("tests/store/test_alert_rules.py", "-k", "sqlite"),
    ),
    Mutant(
        "two senders have one alert",
        "process",
        "sync_core/store/deliveries.py",
        "            AlertDelivery.state == seen.state,\n"
        "            AlertDelivery.tries == seen.tries,\n"
        "            AlertDelivery.next_try_at == seen.next_try_at,\n"
        "            AlertDelivery.claim.is_not_distinct_from(seen.claim),\n",
        "",
        ("tests/store/test_alert_outbox.py", "-k", "sqlite"),
    ),
    Mutant(
        "a dead channel is tried all the time",
        "network",
        "sync_core/alerts/policy.py",
        "    return min(doubled, LONGEST_WAIT)\n",
        "    return FIRST_WAIT\n",
        ("tests/unit/test_alert_policy.py",),
    ),
    Mutant(
        "a flood of messages",
        "network",
        "sync_core/alerts/policy.py",
        "    return made if len(made) <= min(room, FLOOD) else [list(due)]\n",
        "    return made\n",
        ("tests/unit/test_alert_policy.py",),
    ),
    Mutant(
        "an address that anybody can read",
        "secrets",
        "sync_core/alerts/channels.py",
        "        sealed=seal(settings, url, origin(name)),\n",
        "        sealed=url,\n",
        ("tests/store/test_alert_desk.py", "-k", "sqlite"),
    ),
    Mutant(
        "an alert goes before it has arrived",
        "database",
        "sync_core/store/retention.py",
        "    return and_(Alert.at < before, ~on_its_way)\n",
        "    return Alert.at < before\n",
        ("tests/store/test_retention.py", "-k", "sqlite"),
    ),
)
