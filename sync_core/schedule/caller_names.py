"""Who can call `tick`: names alone, so that a tick need not import what knows more of them."""

CRON, SYSTEMD, WINDOWS, SCHEDULER, HAND = "cron", "systemd", "windows", "scheduler", "hand"
CALLERS = (CRON, SYSTEMD, WINDOWS, SCHEDULER, HAND)
"""What `tick --caller` takes; each is the name of a heartbeat as well."""
