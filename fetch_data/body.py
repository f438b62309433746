"""Reads an answer's body. It never holds more than the cap, however well the body is packed.

Nor does it hold anything twice: an answer may be half of all the memory that a run may take.
"""

import zlib
from io import BytesIO

from urllib3.response import BaseHTTPResponse

from sync_core.base.errors import BadPayload, Unreachable

STEP_BYTES = 1024 * 1024
PACKED_STEP_BYTES = 64 * 1024  # what follows a member is copied: many tiny ones cost its square
ANY_HEADER = 32 + zlib.MAX_WBITS  # gzip and zlib, by what the first bytes say


class Body:
    """An answer's bytes. While nobody else holds them, they are cut without a copy."""

    def __init__(self, text: bytes = b"") -> None:
        self._held = BytesIO(text)

    @property
    def text(self) -> bytes:
        return self._held.getvalue()

    def add(self, data: bytes) -> None:
        self._held.write(data)

    def keep(self, begin: int, end: int) -> bytes:
        """Only what stands there."""
        with self._held.getbuffer() as view:
            view[: end - begin] = view[begin:end]
        self._held.truncate(end - begin)
        return self.text

    def drop(self, mark: bytes) -> None:
        """What the text begins with."""
        if self.text.startswith(mark):
            self.keep(len(mark), len(self.text))


class _Packed:
    """Unpacks gzip (of several members) and deflate in steps that the cap bounds."""

    def __init__(self) -> None:
        self._unpack = zlib.decompressobj(ANY_HEADER)
        self._begun = False

    def feed(self, data: bytes, body: Body, room: int) -> int:
        """Adds at most one byte more than `room`; how many it has added."""
        left, more = room, bool(data)
        while more and left >= 0:
            if self._unpack.eof:
                self._unpack = zlib.decompressobj(ANY_HEADER)
            self._begun = True
            step = min(left + 1, STEP_BYTES)
            part = self._unpack.decompress(data, step)
            body.add(part)
            left -= len(part)
            data = self._unpack.unconsumed_tail or self._unpack.unused_data
            # A full step may leave something in the unpacker, though it has taken all data.
            more = bool(data) or (len(part) == step and not self._unpack.eof)
        return room - left

    def finish(self) -> None:
        if self._begun and not self._unpack.eof:
            raise cut_short()


def read_body(response: BaseHTTPResponse, cap: int) -> Body:
    """The unpacked body; raises BadPayload above `cap` bytes, Unreachable where it ends early."""
    packed = _packed(response.headers.get("Content-Encoding", ""))
    step = PACKED_STEP_BYTES if packed else STEP_BYTES
    body = Body()
    taken = size = 0
    while data := response.read(step, decode_content=False):
        taken += len(data)
        if packed:
            size += _unpacked(packed, data, body, cap - size)
        elif taken <= cap:
            body.add(data)
        if max(taken, size) > cap:
            raise _too_large(cap)
    if packed:
        packed.finish()
    return body


def _unpacked(packed: _Packed, data: bytes, body: Body, room: int) -> int:
    try:
        return packed.feed(data, body, room)
    except zlib.error as exc:
        raise BadPayload("The answer is not packed as its header says.") from exc


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
        f"The answer is larger than the {cap / 1024 / 1024:.0f} MB that its unit has room for.",
        hint="Set a smaller HAMGAM_PAGE_SIZE, or raise HAMGAM_ANSWER_MAX_MB.",
    )
