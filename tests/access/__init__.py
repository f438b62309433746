"""The walk: every page, route, command and use-case with every role, against the one table."""
