from __future__ import annotations

import pytest

from tests.benchmarks.test_hammer import test_processes_that_are_killed_double_nothing_and_lose_nothing  # noqa: F401

pytestmark = pytest.mark.integration
