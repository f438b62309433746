"""`python -m bench.peers NAME FILE`: one peer from the first call to its last commit.

It measures nothing: the bench takes the time of the whole process, as it does for Hamgam.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

PEERS = {
    "dlt": "dlt_merge",
    "SQLAlchemy Core": "core_upsert",
    "sqlite-utils": "sqlite_upsert",
    "pandas": "pandas_frame",
    "the legacy way": "legacy",
}


def main(arguments: Sequence[str]) -> int:
    name, file = arguments
    import_module(f"bench.peers.{PEERS[name]}").merge(Path(file))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
