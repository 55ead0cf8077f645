"""The queue and the media store of this machine, as its settings name them."""

from __future__ import annotations

from core.settings import settings
from core.store import MediaStore
from export.queue import Queue


def queue_at(url: str | None) -> Queue:
    """The queue at `url`, or the one of the settings. It opens on first use."""
    return Queue(url or settings().queue_url)


def media_store() -> MediaStore:
    """The media store of the settings."""
    return MediaStore(settings().store_path)
