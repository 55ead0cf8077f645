"""Keep the libraries quiet: no telemetry, no network unless asked, no progress bars of their own."""

from __future__ import annotations

import os
import sys

SILENCED = {
    "PYANNOTE_METRICS_ENABLED": "0",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "DO_NOT_TRACK": "1",
    # ONNX Runtime reports from Linux since 1.29, and writes an identifier of the machine into the user's cache.
    "ORT_DISABLE_TELEMETRY": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "TOKENIZERS_PARALLELISM": "false",
}


def silence_libraries() -> None:
    """Switch off the telemetry of every library. Call before any of them is imported.

    Overrides the environment: a user who wants telemetry of a library runs that library.
    """
    os.environ.update(SILENCED)


def forbid_hub() -> None:
    """From here on the hub's client answers from its cache or fails at once, here and in child processes."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    # It reads the environment when it is imported, and asks this from then on.
    constants = sys.modules.get("huggingface_hub.constants")
    if constants is not None:
        vars(constants)["HF_HUB_OFFLINE"] = True
