"""A project is read from its file, and what does not hold in it is named with the file and the way out."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from core.errors import NotFound, UsageProblem
from core.project import Project, load_project, seoul_today

EXAMPLE = Path(__file__).parents[2] / "flows" / "projects" / "example.toml"


def home_with(folder: Path, text: str, name: str = "talks") -> Path:
    (folder / "projects").mkdir()
    (folder / "projects" / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def entry(since: str, rates: str = "ko = 600") -> str:
    return f"[[rates]]\nfrom = {since}\nkrw_per_minute = {{ {rates} }}\n"


def checks(text: str) -> str:
    return f"[[guideline.checks]]\n{text}\n"


def test_the_default_project_needs_no_file(tmp_path: Path) -> None:
    assert load_project("default", tmp_path).languages == ("ko", "en", "zh", "ja")


def test_a_project_is_read_from_its_file(tmp_path: Path) -> None:
    text = (
        'languages = ["ko"]\nglossary = ["판교"]\n[guideline]\nscript = "simplified"\nmax_sentence_seconds = 9.5\n'
    )
    project = load_project("talks", home_with(tmp_path, text))

    assert (project.name, project.languages, project.glossary) == ("talks", ("ko",), ("판교",))
    assert project.guideline.max_sentence_seconds == 9.5
    assert project.heard_hash != Project().heard_hash
    assert project.written_hash != Project().written_hash


def test_a_missing_project_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nobody"):
        load_project("nobody", tmp_path)


def test_the_example_that_is_shipped_is_a_project_with_its_rate_card(tmp_path: Path) -> None:
    project = load_project("example", home_with(tmp_path, EXAMPLE.read_text(encoding="utf-8"), "example"))

    day = date(2026, 1, 1)
    assert [project.krw_per_minute(language, day) for language in ("ko", "en", "zh", "ja")] == [
        600,
        1500,
        1500,
        1500,
    ]
    assert list(project.guideline.for_people) == ["numerals", "fillers", "spacing", "sentence length"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("not toml", "not TOML"),
        ("speling = 1", "speling: there is no such key"),
        ('[guideline]\nnumbers = "digits"', "guideline.numbers: there is no such key"),
        (checks("pattern = '(?P<a>b)'\nmessage = 'no'"), "guideline.checks.0.pattern: not both of Python and"),
        (
            checks("pattern = '('\nmessage = 'no'"),
            "guideline.checks.0.pattern: it is no regular expression: missing )",
        ),
        (checks("pattern = ''\nmessage = 'no'"), "guideline.checks.0.pattern: "),
        (checks("pattern = 'a'"), "guideline.checks.0.message: "),
        (checks(f"pattern = 'a'\nmessage = '{'m' * 501}'"), "guideline.checks.0.message: "),
        (checks("pattern = 'a'\nmessage = 'no'\nlanguages = ['fr']"), "guideline.checks.0.languages.0: "),
        (checks("pattern = 'a'\nmessage = 'no'\nlanguages = []"), "guideline.checks.0.languages: "),
        (checks("pattern = 'a'\nmessage = 'no'\nwhy = 1"), "guideline.checks.0.why: there is no such key"),
        ('languages = ["fr"]', "languages.0: Input should be 'ko', 'en', 'zh' or 'ja'"),
        ("languages = []", "languages: "),
        ('name = "other"', "it calls itself 'other'"),
        (entry("2026-01-01", "fr = 600"), "rates.0.krw_per_minute.fr"),
        (entry("2026-01-01", "ko = -1"), "rates.0.krw_per_minute.ko: Input should be greater than or equal to 0"),
        (entry("2026-01-01", "ko = nan"), "rates.0.krw_per_minute.ko: Input should be a finite number"),
        (entry("2026-01-01", "ko = true"), "rates.0.krw_per_minute.ko: a number is wanted"),
        (entry("2026-01-01", ""), "rates.0.krw_per_minute: "),
        (entry("2026-01-01T09:00:00+09:00"), "rates.0.from: a day is wanted"),
        (entry("2026-01-01") + entry("2026-01-01"), "the entry from 2026-01-01 stands after that from 2026-01-01"),
        (entry("2026-02-01") + entry("2026-01-01"), "the entry from 2026-01-01 stands after that from 2026-02-01"),
        (entry("2026-01-01").replace("from", "form"), "rates.0.form: there is no such key"),
        (entry("2999-01-01"), "its rate card begins on 2999-01-01, after today in Seoul"),
    ],
)
def test_a_project_that_does_not_hold_says_where_and_in_which_file(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(UsageProblem, match="talks") as caught:
        load_project("talks", home_with(tmp_path, text))

    assert why in caught.value.why
    assert str(tmp_path / "projects" / "talks.toml") in caught.value.fix


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    home = home_with(tmp_path, "")
    (home / "projects" / "talks.toml").write_bytes(b'glossary = ["\xff"]')

    with pytest.raises(UsageProblem, match="cannot be read"):
        load_project("talks", home)


def test_a_rate_holds_from_its_day_until_the_next_entry(tmp_path: Path) -> None:
    card = entry("2026-01-01", "ko = 600, en = 1500") + entry("2026-03-01", "ko = 650.5")
    project = load_project("talks", home_with(tmp_path, card))

    assert project.krw_per_minute("ko", date(2025, 12, 31)) is None
    assert project.krw_per_minute("ko", date(2026, 2, 28)) == 600
    assert project.krw_per_minute("ko", date(2026, 3, 1)) == Decimal("650.5")
    assert project.krw_per_minute("en", date(2026, 3, 1)) is None


def test_an_entry_for_a_later_day_may_stand_beside_one_that_holds(tmp_path: Path) -> None:
    tomorrow = seoul_today() + timedelta(days=1)
    card = entry("2026-01-01") + entry(str(tomorrow), "ko = 700")

    project = load_project("talks", home_with(tmp_path, card))

    assert project.krw_per_minute("ko", seoul_today()) == 600
    assert project.krw_per_minute("ko", tomorrow) == 700


def test_checks_are_of_all_languages_or_of_some_and_redo_nothing(tmp_path: Path) -> None:
    text = checks("pattern = '[０-９]'\nmessage = 'Half width.'")
    text += checks("pattern = '\\bum\\b'\nmessage = 'Leave out um.'\nlanguages = ['en']")
    project = load_project("talks", home_with(tmp_path, text))

    assert [(one.pattern, one.languages, one.message) for one in project.guideline.checks] == [
        ("[０-９]", ("ko", "en", "zh", "ja"), "Half width."),
        (r"\bum\b", ("en",), "Leave out um."),
    ]
    assert (project.heard_hash, project.written_hash) == (Project().heard_hash, Project().written_hash)
    assert project.guideline.for_people == {}


def test_people_are_told_what_stages_obey_and_what_only_they_can() -> None:
    guideline = Project.model_validate(
        {"guideline": {"script": "simplified", "max_sentence_seconds": 9, "fillers": "Leave out uh."}}
    ).guideline

    assert guideline.for_people == {
        "fillers": "Leave out uh.",
        "script": "Chinese is written in simplified characters.",
        "sentence length": "A sentence lasts at most 9 seconds.",
    }
    assert Project().guideline.for_people == {}
