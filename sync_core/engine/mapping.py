"""Names the way in which records become rows, and what a unit sent. It reads no record."""

from collections.abc import Sequence
from hashlib import blake2b, sha256

import orjson

from sync_core.engine.source import Page, Reference, Source


def mapping_of(source: Source, reference: Reference) -> str:
    """Another text whenever the same record could become another row."""
    columns = [(c.name, c.field, c.kind, c.derive is not None) for c in source.columns]
    looked_up = dict(reference.provinces) if any(c.derive for c in source.columns) else {}
    parts = orjson.dumps([source.key, columns, looked_up], option=orjson.OPT_SORT_KEYS)
    return f"{source.mapping_version}-{blake2b(parts, digest_size=8).hexdigest()}"


def unit_digest(mapping: str, page_size: int, pages: Sequence[Page]) -> str:
    """Equal only for the same bytes on the same pages, asked for and read in the same way."""
    digest = sha256(f"{mapping}:{page_size}:{len(pages)}".encode())
    for page in pages:
        digest.update(page.digest)
    return digest.hexdigest()
