"""`python -m sync_core`: hands over to the command line."""

from sync_core.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
