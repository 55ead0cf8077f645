"""Manifests are read line by line, and a bad line is named."""

from pathlib import Path

import pytest

from core.errors import UsageProblem
from flows.manifest import Line, absolute_address, make_shards, read_manifest


def written(folder: Path, text: str) -> str:
    file = folder / "manifest.jsonl"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_plain_addresses_and_json_lines_are_read_side_by_side(tmp_path: Path) -> None:
    text = '# talks\na.mp4\n\n{"uri": "s3://b/c.mp4", "external_id": "7", "duration": 30, "metadata": {"k": "v"}}\n'
    assert read_manifest(written(tmp_path, text)) == (
        Line(uri=str(tmp_path / "a.mp4")),
        Line(uri="s3://b/c.mp4", external_id="7", duration=30, metadata={"k": "v"}),
    )


def test_relative_addresses_lie_beside_the_manifest_and_not_where_the_worker_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = 'talks/a.mp4\n{"uri": "../b.mp4"}\n/c.mp4\nhttps://h/d.mp4\n'
    address = absolute_address(Path(written(tmp_path, text)).name)
    assert address == str(tmp_path / "manifest.jsonl")
    monkeypatch.chdir("/")
    expected = [f"{tmp_path}/talks/a.mp4", f"{tmp_path}/../b.mp4", "/c.mp4", "https://h/d.mp4"]
    assert [line.uri for line in read_manifest(address)] == expected
    assert [line.uri for line in read_manifest(f"file://{address}")] == expected


def test_relative_addresses_of_a_remote_manifest_lie_beside_it() -> None:
    import fsspec

    with fsspec.open("memory://bucket/batch/manifest.txt", "wt") as file:
        file.write("talks/a.mp4\n/mnt/b.mp4\n")
    lines = read_manifest("memory://bucket/batch/manifest.txt")
    assert [line.uri for line in lines] == ["memory://bucket/batch/talks/a.mp4", "/mnt/b.mp4"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"uri": 5}', "line 1"),
        ('a.mp4\n{"url": "b.mp4"}', "line 2"),
        ('{"uri": "a.mp4"', "line 1"),
        ("\n# nothing\n", "empty"),
    ],
)
def test_a_manifest_that_does_not_hold_is_refused_by_line(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(UsageProblem, match=named):
        read_manifest(written(tmp_path, text))


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match=r"nowhere\.jsonl"):
        read_manifest(str(tmp_path / "nowhere.jsonl"))


def test_shards_hold_about_the_hours_asked_for_and_lose_nothing() -> None:
    lines = [Line(uri=f"{n}.mp4", duration=900.0 * (n % 4 + 1)) for n in range(50)]
    shards = make_shards(lines, hours=1.0)
    assert [entry.uri for shard in shards for entry in shard] == [line.uri for line in lines]
    lengths = {line.uri: line.duration or 0 for line in lines}
    assert all(sum(lengths[entry.uri] for entry in shard) <= 3600 for shard in shards)
    assert len(shards) < 45


def test_a_recording_longer_than_a_shard_is_a_shard_of_its_own() -> None:
    shards = make_shards([Line(uri="a", duration=60), Line(uri="long", duration=9000), Line(uri="b")], hours=1.0)
    assert [[entry.uri for entry in shard] for shard in shards] == [["a"], ["long"], ["b"]]
