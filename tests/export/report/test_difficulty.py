from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.trends import scored_draft
from core.types import LANGUAGES, Cause, Prediction, Unit
from export.evidence import Work, gather
from export.intervals import Interval
from export.pairs import Agreement, PairedLanguage
from export.report.difficulty import difficulty_page, write_difficulty_report
from export.report.difficulty_data import (
    Afresh,
    AfreshCheck,
    ConfidenceTally,
    DifficultyReport,
    HardDraft,
    ModelNote,
    WaitingDraft,
)
from export.report.forecasts import FEWEST_JUDGED, judge
from export.report.gathering import afresh_check, language_tallies, minutes_tallies, version_tallies
from export.report.words import LONGEST_TEXT
from export.scores import ScoredDraft
from export.scoring import Edits, Figures

NOW = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)
HOSTILE = "</style></svg><script>alert(1)</script>\"'<img src=x onerror=alert(2)>\u202e{{7*7}}"


def foreseen(value: float, **changes: Any) -> Prediction:
    reasons = (Cause("noise", "music 2 dB below the voice", 9.0), Cause("speakers", "one speaker", -2.0))
    return replace(
        Prediction(value, value - 10, value + 10, 60.0, 40.0, 90.0, False, "rules-1", reasons), **changes
    )


def corrected(many: int, *, language: Any = "ko", off: float = 3.0, **changes: Any) -> list[ScoredDraft]:
    """Drafts of one language, ever harder, each foreseen but for a few points, two a week."""
    drafts = []
    for number in range(many):
        draft = scored_draft(
            f"{language}-{number}",
            language=language,
            edits=10 + 9 * number,
            at=NOW - timedelta(days=3.5 * (many - number)),
            worker="kim-the-corrector",
            worked_seconds=600.0 + 30 * number,
        )
        assert draft.difficulty is not None
        said = foreseen(draft.difficulty + off * (-1) ** number)
        drafts.append(replace(draft, predicted=said, **changes))
    return drafts


def report_of(drafts: Sequence[ScoredDraft], **changes: Any) -> DifficultyReport:
    """What would be told of these drafts, as far as that needs no queue."""
    report = DifficultyReport(
        made_at=NOW,
        about="All projects and languages",
        first=min((draft.corrected_at for draft in drafts), default=None),
        last=max((draft.corrected_at for draft in drafts), default=None),
        languages=language_tallies(drafts),
        hardest=tuple(hard(draft) for draft in drafts[-3:]),
        versions=version_tallies(drafts),
        afresh_check=afresh_check(drafts),
        minutes=minutes_tallies(drafts),
        evidence=gather((work(draft) for draft in drafts), by=("language",)),
    )
    return replace(report, **changes)


def hard(draft: ScoredDraft, uri: str | None = "file:///media/talk%201.mp4") -> HardDraft:
    return HardDraft(
        draft.draft_id,
        uri,
        draft.language,
        draft.unit,
        draft.provisional,
        draft.difficulty or 0.0,
        draft.figures,
        draft.predicted,
    )


def work(draft: ScoredDraft) -> Work:
    return Work(draft, 540.0, draft.worked_seconds or None, False, None, None, False, True, 1)


def words(counts: Sequence[tuple[int, int]]) -> ConfidenceTally:
    """So many words, and right ones, at the highest confidences."""
    empty = ((0, 0),) * (50 - len(counts))
    total, right = zip(*empty, *counts, strict=True)
    return ConfidenceTally("ko", "whisper 1", total, right, tuple(np.linspace(0.01, 0.99, 50)), False)


class Page(HTMLParser):
    """What a browser makes of a page: its elements, and its text outside of style and charts' descriptions."""

    def __init__(self, report: DifficultyReport) -> None:
        super().__init__(convert_charrefs=True)
        self.source = difficulty_page(report)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._inside = ""
        self.feed(self.source)
        self.text = re.sub(r"\s+", " ", self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.text += " " if tag in ("p", "td", "th", "li", "h3", "b") else ""

    def handle_data(self, data: str) -> None:
        if self._inside not in ("style", "desc", "title"):
            self.text += data

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.elements)

    def all(self, attribute: str) -> list[str]:
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]


FULL = [draft for language in LANGUAGES for draft in corrected(40, language=language)]


@pytest.fixture(scope="module")
def page() -> Page:
    notes = (
        ModelNote(
            "Difficulty of Korean drafts", "ko-difficulty-1", NOW, True, "Learned.", "Used.", ("a",), (("b", "1"),)
        ),
    )
    return Page(report_of(FULL, confidences=(words([(90, 80), (900, 890)]),), models=notes))


def test_without_corrections_the_page_says_so_and_what_to_do_and_draws_nothing() -> None:
    page = Page(report_of([]))
    assert page.count("svg") == page.count("table") == 0
    for said in (
        "No corrections yet",
        "prelabel corrections",
        "No waiting draft is expected to be less work typed afresh",
        "estimates cannot be checked",
        "No model has been fitted, so forecasts are made by rules",
        "there is nothing to say about the work",
    ):
        assert said in page.text
    assert "nan" not in page.text.lower().replace("finance", "")


def test_the_page_needs_no_network_no_file_and_no_script(page: Page) -> None:
    assert page.count("script") == page.count("img") == page.count("iframe") == page.count("object") == 0
    links = [
        link for link in page.all("href") + page.all("src") + page.all("xlink:href") if not link.startswith("#")
    ]
    assert links == ["data:,"]
    assert not re.search(r"url\((?!#)|@import", page.source)


def test_ids_are_unique_and_all_that_points_to_one_finds_it(page: Page) -> None:
    ids = page.all("id")
    assert len(ids) == len(set(ids))
    wanted = {link.removeprefix("#") for link in page.all("href") + page.all("xlink:href") if link.startswith("#")}
    named = {name for names in page.all("aria-labelledby") for name in names.split()}
    assert wanted | named <= set(ids)


def test_each_language_has_each_chart_with_its_numbers_beneath(page: Page) -> None:
    for name in ("spread", "weeks", "versions", "minutes", "forecast", "calibration"):
        drawn = [one for one in page.all("aria-labelledby") if one.startswith(f"{name}-")]
        assert len(drawn) == len(LANGUAGES), name
    assert page.count("svg") == 6 * len(LANGUAGES) + 1
    assert page.source.count("<summary>The numbers</summary>") == page.count("svg")
    assert not re.search(r"\bnan\b|\binf\b|None", page.text)


def test_no_page_grows_with_the_drafts_it_tells_of(page: Page) -> None:
    many = Page(report_of(FULL * 100))
    assert "16 000 corrected drafts" in many.text
    assert len(many.source) < 2 * len(page.source) < 2_000_000


def test_nobody_who_did_the_work_is_named(page: Page) -> None:
    assert "kim-the-corrector" not in page.source


def test_a_language_with_few_drafts_is_told_one_by_one() -> None:
    page = Page(report_of(corrected(3)))
    difficulties = ", ".join(f"{draft.difficulty:.0f}" for draft in corrected(3))
    assert f"Too few for a chart. Their difficulty: {difficulties}." in page.text
    assert f"Too few to say; {FEWEST_JUDGED} are needed." in page.text
    assert "Too few for a chart: 30 minutes" not in page.text


def test_drafts_without_any_content_are_neither_easy_nor_hard() -> None:
    nothing = replace(scored_draft("r", figures=Figures(drafts=1, audio_seconds=60.0)), difficulty=None)
    page = Page(report_of([nothing], hardest=()))
    assert "Neither the drafts nor their corrections have any words" in page.text
    assert "The corrections have no words, so there is nothing to count edits by." in page.text
    assert "No scored draft had any edit." in page.text
    assert page.count("svg") == 0


def test_drafts_that_are_all_alike_have_no_order() -> None:
    same = [replace(draft, predicted=foreseen(40.0), difficulty=45.0) for draft in corrected(FEWEST_JUDGED)]
    page = Page(report_of(same))
    assert "There is no order to compare: all on one side are the same." in page.text
    assert "Off by 5.0 points on average, 5.0 too low all in all." in page.text


def test_forecasts_scattered_over_the_scale_are_not_grouped() -> None:
    places = np.linspace(1, 99, FEWEST_JUDGED)
    drafts = [
        replace(draft, predicted=foreseen(float(place)), difficulty=float(place))
        for draft, place in zip(corrected(FEWEST_JUDGED), places, strict=True)
    ]
    assert "No tenth of the scale has 5 drafts yet." in Page(report_of(drafts)).text


def test_drafts_that_nobody_predicted_have_no_forecast() -> None:
    page = Page(report_of([replace(draft, predicted=None) for draft in corrected(30)]))
    assert "None of the corrected drafts had a forecast before somebody took it." in page.text
    assert "no forecast was made" in page.text


def test_forecasts_are_judged_by_order_distance_lean_and_interval() -> None:
    drafts = corrected(30, off=0.0)
    wide = [
        replace(draft, predicted=foreseen((draft.difficulty or 0) - (15.0 if number < 3 else 5.0)))
        for number, draft in enumerate(drafts)
    ]
    found = judge(one.outcomes for one in language_tallies(wide))
    assert (found.drafts, found.inside) == (30, 27)
    assert found.off == pytest.approx((3 * 15 + 27 * 5) / 30)
    assert found.lean == pytest.approx(found.off)
    assert found.order == pytest.approx((1.0, 1.0, 1.0))
    assert judge([]).order is None


def test_the_rank_correlation_is_spearmans_with_the_interval_of_bonett_and_wright() -> None:
    said = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]
    came = [2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15, 18, 17, 20, 19]
    drafts = [
        replace(draft, predicted=foreseen(float(value)), difficulty=float(real))
        for draft, value, real in zip(corrected(20), said, came, strict=True)
    ]
    found = judge(one.outcomes for one in language_tallies(drafts))
    assert found.order is not None
    correlation = 1 - 6 * 20 / (20 * (20**2 - 1))
    reach = 1.96 * ((1 + correlation**2 / 2) / 17) ** 0.5
    assert found.order == pytest.approx(
        (correlation, np.tanh(np.arctanh(correlation) - reach), np.tanh(np.arctanh(correlation) + reach))
    )


def test_a_worse_version_is_said_at_the_top_and_marked() -> None:
    versions = [
        scored_draft(f"{name}{number}", fingerprint=f"{name}0123456789", edits=edits + number, at=NOW)
        for name, edits in (("a", 20), ("b", 90))
        for number in range(20)
    ]
    page = Page(report_of(versions))
    assert "A newer version of the pipeline is worse." in page.text
    assert page.text.index("worse; 20 against 20 recordings") < page.text.index("Error rates by version")
    assert "A newer version" not in Page(report_of(versions[:20])).text


def test_confidence_is_held_against_what_stayed_as_it_was() -> None:
    page = Page(report_of(corrected(5), confidences=(words([(100, 50)]), words([(3, 3)]))))
    assert (
        "Recogniser: whisper 1. 50 % of the words stayed as they were; confidence is off by 49.0 points."
        in page.text
    )
    assert "After the usual calibration it is off by 49.0." in page.text
    assert f"Too few to say; {FEWEST_JUDGED} are needed." in page.text


def test_what_was_edited_is_told_by_kind() -> None:
    figures = Figures(Edits(3, 2, 1, 0, 7, 0, 4, 0, 0, 9, 0), drafts=1, content_characters=100, effort=9.0)
    page = Page(report_of(corrected(5), hardest=(replace(hard(corrected(1)[0]), figures=figures),)))
    assert (
        "characters: 3 replaced, 2 put in, 1 taken out · speakers: 9 · marks: 7 · sentence borders: 4" in page.text
    )


def test_drafts_better_typed_afresh_are_listed_and_the_claim_is_checked() -> None:
    unit = Unit(1, 3, 600.0, 1200.0)
    listed = tuple(WaitingDraft(f"d{n}", "talk.mp4", "ko", unit, foreseen(90.0)) for n in range(2))
    page = Page(
        report_of(
            [], afresh=(Afresh("ko", 5, 3000.0),), afresh_drafts=listed, afresh_check=AfreshCheck(4, 3, 50, 1)
        )
    )
    assert "The 2 hardest of them" in page.text
    assert "work unit 2 of 3, 10:00.0–20:00.0" in page.text
    assert (
        "75 % (3 of 4) took at least as much work as typing them would; of the others 2 % (1 of 50)." in page.text
    )


def test_sound_that_was_corrected_twice_says_how_far_people_are_apart() -> None:
    figures = Figures(Edits(substitution=30), drafts=2, content_characters=1000, typing=100.0)
    pairs = (
        PairedLanguage(
            "ko", "n", "two_people", 6, 2, 5, Agreement(figures, 9, 8, 500, 25, 90.0), {"cer": Interval(0.02, 0.05)}
        ),
        PairedLanguage("ja", "n", "revision", 1, 1, 1, Agreement(), {"cer": None}),
    )
    page = Page(report_of(corrected(5), pairs=pairs))
    assert "two people, each on a draft of their own Korean 6 5 2 3.0 % 2.0 to 5.0 % 95.0 %" in page.text
    assert (
        "one person going on from what another handed in Japanese 1 1 1 none too few recordings none" in page.text
    )
    assert "No sound was corrected twice" in Page(report_of(corrected(5))).text


@pytest.mark.parametrize("text", [HOSTILE, "x" * 10_000, "\u202e\u2066\u0000\ud800" * 9, "", "🙂" * 300])
def test_whatever_things_are_called_they_are_text_and_no_longer_than_a_line(text: str) -> None:
    said = foreseen(70.0, model=text, reasons=(Cause("noise", text, 9.0),))
    drafts = [replace(draft, predicted=said, project=text[:64], model_set=text) for draft in corrected(30)]
    page = Page(
        report_of(
            drafts,
            about=text,
            hardest=(hard(drafts[0], text),),
            confidences=(replace(words([(900, 890)]), recogniser=text),),
            models=(ModelNote(text, text, NOW, False, "Learned.", "Not used.", (), ()),),
            afresh=(Afresh("ko", 1, 60.0),),
            afresh_drafts=(WaitingDraft("d", text, "ko", Unit(0, 1, 0.0, 60.0), said),),
        )
    )
    assert page.count("script") == page.count("img") == 0
    assert page.count("style") == 1
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert all(len(part.rstrip(",.")) <= LONGEST_TEXT for part in page.text.split() if part[:1] == "x")
    assert page.text.count(HOSTILE) >= 8 or text != HOSTILE
    assert not set("\x00\ud800") & set(page.source)


def test_the_report_is_written_in_one_piece(tmp_path: Path) -> None:
    file = tmp_path / "new" / "difficulty.html"
    write_difficulty_report(file, report_of([]))
    assert file.read_text(encoding="utf-8") == difficulty_page(report_of([]))
    assert list(file.parent.iterdir()) == [file]
