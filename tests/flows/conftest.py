"""Homes of prelabel, for tests of its commands in this process."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.settings import settings
from tests.flows.test_exchange_guide import enqueue_samples


@pytest.fixture
def sampled_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose queue has the four sample drafts, of which nothing was predicted."""
    monkeypatch.setenv("PRELABEL_HOME", str(tmp_path))
    settings.cache_clear()
    enqueue_samples(tmp_path)
    return tmp_path
