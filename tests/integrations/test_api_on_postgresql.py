from __future__ import annotations

import pytest

from tests.export.api.conftest import corrected, platform  # noqa: F401 - fixtures
from tests.export.api.test_app import *  # noqa: F403 - the same tests, with the fixtures of this folder
from tests.export.api.test_corrections import *  # noqa: F403
from tests.export.api.test_drafts import *  # noqa: F403
from tests.export.api.test_persons import *  # noqa: F403
from tests.export.api.test_webhooks import *  # noqa: F403
from tests.export.api.test_working_copies import *  # noqa: F403
from tests.export.conftest import recording, said, sentence  # noqa: F401 - fixtures

pytestmark = pytest.mark.integration
