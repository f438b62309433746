"""What a source's module calls when it is started: by a supervisor, or by a person's hand."""

import sys

from sync_core.base.settings import load
from sync_core.engine.order import received_order
from sync_core.engine.source import find_source


def main(source_name: str) -> int:
    """The exit code. Without a supervisor's order it is `sync SOURCE` with that one's options."""
    order = received_order()
    if order is not None:
        from sync_core.engine.child import run_child

        return run_child(find_source(load(), source_name), order)

    from sync_core.cli.main import main as command_line

    return command_line(["sync", source_name, *sys.argv[1:]])
