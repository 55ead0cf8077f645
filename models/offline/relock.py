"""`python -m models.offline.relock`: hash the shipped models after a change and write their lock anew."""

from __future__ import annotations

from models.catalogue import MODEL_SETS
from models.weights import OFFLINE_FOLDER, Lock, shipped_model, write_lock


def main() -> None:
    """Write `models/offline/models.lock` from the files that lie beside it."""
    refs = MODEL_SETS["offline"].refs
    write_lock(OFFLINE_FOLDER / "models.lock", Lock(models={ref.name: shipped_model(ref) for ref in refs}))


if __name__ == "__main__":
    main()
