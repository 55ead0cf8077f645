"""Draft documents, from the media store, as the queue knows them."""

from __future__ import annotations

import hashlib

from core.errors import DocumentLost, PrelabelError, StoreUnusable
from core.store import MediaStore
from core.types import Draft
from export.drafts import from_json
from export.entries import QueueEntry


def document_of(store: MediaStore, entry: QueueEntry) -> bytes:
    """The bytes of a draft's document.

    Raises DocumentLost where the store has lost or changed them, StoreUnusable where it cannot be read at all.
    """
    path = store.root / entry.draft.body_path
    try:
        document = path.read_bytes()
    except OSError as error:
        # A store that is not mounted looks like an empty folder: then nothing is lost.
        is_lost = isinstance(error, FileNotFoundError) and store.holds_recordings()
        raise (DocumentLost if is_lost else StoreUnusable)(
            f"the document of draft {entry.draft.draft_id} is not in the media store",
            why=f"{path}: {error.strerror}",
            fix="set PRELABEL_STORE (or PRELABEL_HOME) to the store that this queue was filled from",
        ) from error
    if hashlib.sha256(document).hexdigest() != entry.draft.body_sha256:
        raise DocumentLost(
            f"the document of draft {entry.draft.draft_id} is damaged",
            why=f"{path} is not what was enqueued",
            fix="bring the file back from a backup of the store",
        )
    return document


def draft_of(store: MediaStore, entry: QueueEntry) -> Draft:
    """The draft of an entry. Raises StoreUnusable."""
    return from_json(document_of(store, entry))


def is_of_one_draft(store: MediaStore, error: PrelabelError) -> bool:
    """Whether what went wrong with reading a draft is its own trouble; a store that is not there is everybody's."""
    return not isinstance(error, StoreUnusable) or isinstance(error, DocumentLost) or store.holds_recordings()
