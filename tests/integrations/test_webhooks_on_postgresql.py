from __future__ import annotations

import pytest

# The same tests, with the fixtures of this folder.
from tests.export.webhooks.test_deliveries import *  # noqa: F403
from tests.export.webhooks.test_endpoints import *  # noqa: F403
from tests.export.webhooks.test_sending import *  # noqa: F403

pytestmark = pytest.mark.integration
