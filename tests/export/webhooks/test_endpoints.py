from __future__ import annotations

import pytest

from core.errors import Conflict, NotFound, UsageProblem
from export.queue import Queue
from export.webhooks.deliveries import list_deliveries, redrive
from export.webhooks.endpoints import (
    add_endpoint,
    disable_endpoint,
    enable_endpoint,
    list_endpoints,
    remove_endpoint,
    rotate_secret,
)


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("http://platform.example/hooks", False),
        ("ftp://platform.example/", True),
        ("https://user:secret@platform.example/", False),
        ("https://platform.example/#part", False),
        ("https:///hooks", False),
        ("https://platform.example:99999/", False),
        ("https://[::1", False),
        ("https://platform.example/a b", False),
        ("https://platform.example/\n", False),
        ("https://platform.example/" + "a" * 2000, False),
        ("https://127.0.0.1/", False),
        ("https://[::ffff:10.0.0.1]/", False),
        ("https://169.254.169.254/latest", True),
        ("platform", False),
        ("", False),
    ],
)
def test_urls_that_are_no_place_to_post_to_are_refused(queue: Queue, url: str, private: bool) -> None:
    with pytest.raises(UsageProblem) as refused:
        add_endpoint(queue, "platform", url, private=private)

    assert "secret" not in str(refused.value)
    assert list_endpoints(queue) == ()


def test_bad_names_and_kinds_and_second_names_are_refused(queue: Queue) -> None:
    add_endpoint(queue, "platform", "https://platform.example/")
    for name, kinds in (("platform", []), ("Platform!", []), ("", []), ("other", ["nothing"])):
        with pytest.raises(UsageProblem) as refused:
            add_endpoint(queue, name, "https://platform.example/", kinds=kinds)
        assert isinstance(refused.value, Conflict) == (name == "platform")
    for act in (rotate_secret, disable_endpoint, enable_endpoint, remove_endpoint, redrive, list_deliveries):
        with pytest.raises(NotFound):
            act(queue, "stranger")  # type: ignore[operator]


def test_what_was_decided_about_an_older_version_is_refused(queue: Queue) -> None:
    add_endpoint(queue, "platform", "https://platform.example/")
    assert rotate_secret(queue, "platform", 1)[0].version == 2
    for act in (rotate_secret, enable_endpoint, remove_endpoint):
        with pytest.raises(Conflict) as refused:
            act(queue, "platform", 1)  # type: ignore[operator]
        assert refused.value.code == "stale_version"
    assert disable_endpoint(queue, "platform", version=2).version == 3
