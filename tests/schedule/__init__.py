"""Who calls `tick`: a real cron and its crontab, the daemon as a process, written files."""
