"""The command line: what operators, cron and tests call. English only; Persian lives in pages."""
