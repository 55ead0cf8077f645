from __future__ import annotations

import pytest

from core.errors import UsageProblem
from models.catalogue import MODEL_SETS, model_set


def test_every_set_is_found_by_its_name_and_says_under_which_licence_it_may_be_used() -> None:
    for name, chosen in MODEL_SETS.items():
        assert model_set(name) is chosen
        assert chosen.name == name
        assert [ref.task for ref in chosen.refs] == ["separation", "diarization", "transcription"]
        assert all(ref.licence and ref.files and ref.page for ref in chosen.refs)
        assert chosen.cuda and chosen.cpu


def test_only_the_offline_set_is_shipped() -> None:
    assert {name for name, chosen in MODEL_SETS.items() if all(ref.shipped for ref in chosen.refs)} == {"offline"}
    assert not any(ref.shipped for name in ("fast", "best") for ref in MODEL_SETS[name].refs)


def test_a_set_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(UsageProblem, match="no model set 'large'") as caught:
        model_set("large")
    assert "offline, fast, best" in caught.value.why
