from __future__ import annotations

from tests.export.exchanges import desk, folder  # noqa: F401 - fixtures
