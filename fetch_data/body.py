"""Reads an answer's body. It never holds more than the cap, however well the body is packed."""

import zlib

from urllib3.response import BaseHTTPResponse

from sync_core.base.errors import BadPayload, Unreachable

STEP_BYTES = 1024 * 1024
PACKED_STEP_BYTES = 64 * 1024  # what follows a member is copied: many tiny ones cost its square
ANY_HEADER = 32 + zlib.MAX_WBITS  # gzip and zlib, by what the first bytes say


class _Packed:
    """Unpacks gzip (of several members) and deflate in steps that the cap bounds."""

    def __init__(self) -> None:
        self._unpack = zlib.decompressobj(ANY_HEADER)
        self._begun = False

    def feed(self, data: bytes, room: int) -> bytes:
        """At most one byte more than `room`, which must not be negative."""
        parts: list[bytes] = []
        while data and room >= 0:
            if self._unpack.eof:
                self._unpack = zlib.decompressobj(ANY_HEADER)
            self._begun = True
            parts.append(self._unpack.decompress(data, room + 1))
            room -= len(parts[-1])
            data = self._unpack.unconsumed_tail or self._unpack.unused_data
        return b"".join(parts)

    def finish(self) -> None:
        if self._begun and not self._unpack.eof:
            raise cut_short()


def read_body(response: BaseHTTPResponse, cap: int) -> bytes:
    """The unpacked body; raises BadPayload above `cap` bytes, Unreachable where it ends early."""
    packed = _packed(response.headers.get("Content-Encoding", ""))
    step = PACKED_STEP_BYTES if packed else STEP_BYTES
    parts: list[bytes] = []
    taken = size = 0
    while data := response.read(step, decode_content=False):
        taken += len(data)
        try:
            parts.append(packed.feed(data, cap - size) if packed else data)
        except zlib.error as exc:
            raise BadPayload("The answer is not packed as its header says.") from exc
        size += len(parts[-1])
        if max(taken, size) > cap:
            raise _too_large(cap)
    if packed:
        packed.finish()
    return b"".join(parts)


def _packed(encoding: str) -> _Packed | None:
    """What unpacks the body; None where it comes plain."""
    match encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip" | "deflate":
            return _Packed()
    raise BadPayload(
        "The answer is packed in a way that was not asked for.",
        hint="Ask the gateway's team for plain or gzip answers.",
    )


def cut_short() -> Unreachable:
    return Unreachable(
        "The answer was cut short on its way.",
        hint="Check the network and the proxies between here and the gateway.",
        retryable=True,
    )


def _too_large(cap: int) -> BadPayload:
    return BadPayload(
        f"The answer is larger than {cap / 1024 / 1024:.0f} MB.",
        hint="Set a smaller HAMGAM_PAGE_SIZE, or raise HAMGAM_ANSWER_MAX_MB.",
    )
