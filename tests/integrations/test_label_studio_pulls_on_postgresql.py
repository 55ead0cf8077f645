from __future__ import annotations

import pytest

from tests.export.label_studio.test_pull import *  # noqa: F403 - the same tests, with the fixtures of this folder

pytestmark = pytest.mark.integration
