"""`python -m export.api` prints /openapi.json: the page's types are made of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from core.store import MediaStore
from export.api.app import make_app
from export.api.service import Service
from export.queue import Queue


def main() -> None:
    """Print the description. No queue is opened for it."""
    service = Service(Queue("sqlite://"), MediaStore(Path()), b"", lambda entry: None)
    json.dump(make_app(service).openapi(), sys.stdout, ensure_ascii=False, indent=1)


main()
