"""Reads an answer's body. It never holds more than the cap, however well the body is packed."""

import zlib
from typing import Protocol

from urllib3.response import BaseHTTPResponse

from sync_core.base.errors import BadPayload, Unreachable

STEP_BYTES = 64 * 1024
ANY_HEADER = 32 + zlib.MAX_WBITS  # gzip and zlib, by what the first bytes say


class _Decoder(Protocol):
    def feed(self, data: bytes, room: int) -> bytes: ...
    def finish(self) -> None: ...


class _Plain:
    def feed(self, data: bytes, room: int) -> bytes:
        return data

    def finish(self) -> None: ...


class _Packed:
    """Unpacks gzip (of several members) and deflate in steps that the cap bounds."""

    def __init__(self) -> None:
        self._unpack = zlib.decompressobj(ANY_HEADER)
        self._begun = False

    def feed(self, data: bytes, room: int) -> bytes:
        unpacked = bytearray()
        while data and len(unpacked) <= room:
            if self._unpack.eof:
                self._unpack = zlib.decompressobj(ANY_HEADER)
            self._begun = True
            unpacked += self._unpack.decompress(data, room + 1 - len(unpacked))
            data = self._unpack.unconsumed_tail or self._unpack.unused_data
        return bytes(unpacked)

    def finish(self) -> None:
        if self._begun and not self._unpack.eof:
            raise cut_short()


def read_body(response: BaseHTTPResponse, cap: int) -> bytearray:
    """The unpacked body; raises BadPayload above `cap` bytes, Unreachable where it ends early."""
    decoder = _decoder(response.headers.get("Content-Encoding", ""))
    body, packed = bytearray(), 0
    while data := response.read1(STEP_BYTES, decode_content=False):
        packed += len(data)
        try:
            body += decoder.feed(data, cap - len(body))
        except zlib.error as exc:
            raise BadPayload("The answer is not packed as its header says.") from exc
        if max(packed, len(body)) > cap:
            raise _too_large(cap)
    decoder.finish()
    return body


def _decoder(encoding: str) -> _Decoder:
    match encoding.strip().lower():
        case "" | "identity":
            return _Plain()
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
