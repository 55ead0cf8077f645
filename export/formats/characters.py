"""Characters that text formats cannot hold."""

from __future__ import annotations

import re

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 (section 2.2) forbids even as a reference. U+0000 also ends a string in Praat, and PostgreSQL, which
Label Studio stores its tasks in, refuses it."""


def writable(text: str) -> str:
    """`text` with a replacement character (U+FFFD) for each control character but tab and line breaks."""
    return _UNWRITABLE.sub("\ufffd", text)
