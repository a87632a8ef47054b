"""Compressed bytes that are the same whatever version of a library there is."""

import zlib

_MAGIC = b"\x28\xb5\x2f\xfd"
_ONE_SEGMENT_OF_LENGTH = 0xA0
_LAST_RAW_BLOCK = 1
_GZIP = 31


def gzipped(content: bytes) -> bytes:
    """Content as .gz."""
    made = zlib.compressobj(9, wbits=_GZIP)  # gzip names another system in each version
    return made.compress(content) + made.flush()


def zstd(content: bytes) -> bytes:
    """Content as one zstd frame of one block that is stored as it is (RFC 8878)."""
    header = bytes([_ONE_SEGMENT_OF_LENGTH]) + len(content).to_bytes(4, "little")
    block = (len(content) << 3 | _LAST_RAW_BLOCK).to_bytes(3, "little")
    return _MAGIC + header + block + content
