from __future__ import annotations

import pytest

from tests.export.test_working_copies import *  # noqa: F403 - the same tests, with the fixtures of this folder

pytestmark = pytest.mark.integration
