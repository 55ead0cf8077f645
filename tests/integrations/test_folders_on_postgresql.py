from __future__ import annotations

import pytest

from tests.export.exchanges import desk, folder  # noqa: F401 - fixtures
from tests.export.folders.test_counting import *  # noqa: F403 - the same tests, with the queue of this folder
from tests.export.folders.test_erasing import *  # noqa: F403
from tests.export.folders.test_incoming import *  # noqa: F403
from tests.export.folders.test_news import *  # noqa: F403
from tests.export.folders.test_outgoing import *  # noqa: F403

pytestmark = pytest.mark.integration
