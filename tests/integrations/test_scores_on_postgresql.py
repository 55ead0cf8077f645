from __future__ import annotations

import pytest

from tests.export.exchanges import desk  # noqa: F401 - a fixture
from tests.export.test_scores import *  # noqa: F403 - the same tests, with the queue of this folder

pytestmark = pytest.mark.integration
