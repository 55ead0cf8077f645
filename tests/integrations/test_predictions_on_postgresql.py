from __future__ import annotations

import pytest

from tests.export.exchanges import desk  # noqa: F401 - a fixture
from tests.export.test_fitting import *  # noqa: F403 - the same tests, with the queue of this folder
from tests.export.test_predictions import *  # noqa: F403

pytestmark = pytest.mark.integration
