"""Read the blocks of a Matroska stream, which is how ffmpeg hands us samples together with their times.

Raw samples through a pipe carry no times, so ffmpeg itself would have to fill every gap with silence; its
resampler holds a whole gap in memory (2 GB for a muted hour). Element ids are those of RFC 9559.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

_SEGMENT, _CLUSTER, _BLOCK_GROUP = 0x18538067, 0x1F43B675, 0xA0
_TIMESTAMP, _SIMPLE_BLOCK, _BLOCK = 0xE7, 0xA3, 0xA1

_BUFFER_BYTES = 1 << 20
_BLOCK_BYTES_AT_MOST = 256 << 20


class _Window:
    """The part of the stream in memory: `peek` at it, then `advance`."""

    def __init__(self, read_into: Callable[[memoryview], int]) -> None:
        self._read_into = read_into
        self._data = memoryview(bytearray(_BUFFER_BYTES))
        self._begin = self._end = 0

    def peek(self, count: int) -> memoryview:
        """The next `count` bytes; fewer only at the end. Valid until the next call."""
        if self._end - self._begin < count:
            rest = bytes(self._data[self._begin : self._end])
            if count > len(self._data):
                self._data = memoryview(bytearray(count + _BUFFER_BYTES))
            self._data[: len(rest)] = rest
            self._begin, self._end = 0, len(rest)
            self._end += self._read_into(self._data[self._end :])
        return self._data[self._begin : min(self._end, self._begin + count)]

    def advance(self, count: int) -> None:
        """Leave `count` bytes behind, whether they were looked at or not."""
        while count:
            seen = len(self.peek(min(count, _BUFFER_BYTES)))
            if not seen:
                return
            self._begin += seen
            count -= seen


def blocks(read_into: Callable[[memoryview], int]) -> Iterator[tuple[int, memoryview]]:
    """(milliseconds, bytes) of every block of a stream with one track and the usual millisecond scale.

    `read_into` fills a buffer and gives the count of bytes, short only at the end of the stream. A block that
    the end cuts is dropped. The bytes are valid until the next block is asked for.
    """
    window = _Window(read_into)
    cluster = 0
    while True:
        head = bytes(window.peek(12))
        if len(head) < 2 or not head[0]:
            return
        id_length = 9 - head[0].bit_length()
        if len(head) <= id_length or not head[id_length]:
            return
        element = int.from_bytes(head[:id_length], "big")
        size_length = 9 - head[id_length].bit_length()
        size = int.from_bytes(head[id_length : id_length + size_length], "big") & ((1 << 7 * size_length) - 1)
        window.advance(id_length + size_length)
        if element in (_SEGMENT, _CLUSTER, _BLOCK_GROUP):
            continue
        if element == _TIMESTAMP:
            cluster = int.from_bytes(window.peek(size), "big")
        elif element in (_SIMPLE_BLOCK, _BLOCK):
            if size > _BLOCK_BYTES_AT_MOST:
                return
            block = window.peek(size)
            if len(block) < size:
                return
            # one byte names the track, two place the block in its cluster, one holds flags
            yield cluster + int.from_bytes(block[1:3], "big", signed=True), block[4:]
        window.advance(size)
