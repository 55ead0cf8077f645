"""Whether difficulty is known before anybody corrects: predicted against observed, on recordings not learned from.

    python -m benchmarks.corrected FOLDER [--part dev]     makes the recordings, their drafts and corrections
    python -m benchmarks.difficulty FOLDER                 fitted models are judged by cross-validation in FOLDER
    python -m benchmarks.difficulty FOLDER --fit OTHER     fitted to OTHER, judged on FOLDER
    python -m benchmarks.difficulty FOLDER --constants     what least squares give for the constants of the rules

Beside the rules and the model that is shipped stand the share of unsure words alone, a formula from our notes
(logistic, chosen by hand before there was a test bed), ridge regression that knows nothing of the rules, and
boosted trees that never fall, which do. Brackets hold 95 % of 1,000 draws of as many recordings.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.corrected import read
from benchmarks.scores import interval
from core.difficulty import FEWEST_CHARACTERS, difficulty, typing_seconds
from core.handwork import SHIFT_SECONDS, SPEAKER_SECONDS, SPLIT_SECONDS, TIME_SECONDS
from core.types import LANGUAGES, Draft, Language, Prediction
from export.scoring import Figures
from export.scoring.confirmed import score_and_confirm
from models.difficulty import (
    ConfidenceModel,
    Confidences,
    DifficultyModel,
    Example,
    Measures,
    confidence_scope,
    fit_confidence,
    fit_difficulty,
    measure,
    predict,
    rules,
)
from models.difficulty.confidence import BINS, USUAL_CURVES, fit_curve, middles, reliability
from models.difficulty.features import ALL, features
from models.difficulty.held_out import folds
from models.difficulty.prediction import expected_characters
from models.difficulty.scale import hardened, softened

DRAWS: Final = 1000
LEARNED_FROM: Final = (10, 20, 40)
SUBSETS: Final = 5
DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)
WORST: Final = 0.75
"""The worst quarter lies above this quantile of what was observed."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording: what its draft measures, and what came of correcting it."""

    name: str
    language: Language
    draft: Draft
    measures: Measures
    figures: Figures
    words: Confidences

    @property
    def difficulty(self) -> float:
        return self.figures.difficulty or 0.0

    @property
    def example(self) -> Example:
        share = self.figures.effort / max(self.figures.typing, self.figures.fewest_typing)
        return Example(self.name, self.name, self.measures, share)


@dataclass(frozen=True, slots=True)
class Guess:
    """What one predictor says of a recording. Without `low` and `high` only the order means something."""

    of: Recorded
    value: float
    effort: float | None = None
    low: float | None = None
    high: float | None = None


Predictor = Callable[[Sequence[Recorded], Sequence[Recorded]], list[Guess]]
"""(what to learn from, what to judge) → a guess for each of the latter; all of one language."""


def load(folder: Path) -> list[Recorded]:
    """Everything of a folder, scored."""
    found = []
    for one in read(folder):
        score, words = score_and_confirm(one.draft, one.correction)
        name = one.situation.name
        found.append(Recorded(name, one.draft.language, one.draft, measure(one.draft), score.figures, words))
    return found


def by_rules(learned: Sequence[Recorded], asked: Sequence[Recorded]) -> list[Guess]:
    return [_guess(one, predict(one.measures, one.language)) for one in asked]


def by_fit(learned: Sequence[Recorded], asked: Sequence[Recorded]) -> list[Guess]:
    """As in production, with a model of confidences where it is good; the difficulty model whether good or not."""
    confidence, model = fitted(learned)
    return [_guess(one, predict(one.measures, one.language, model, confidence)) for one in asked]


def fitted(learned: Sequence[Recorded]) -> tuple[ConfidenceModel | None, DifficultyModel | None]:
    language = learned[0].language
    scope = confidence_scope(language, learned[0].measures.recogniser)
    found = fit_confidence(scope, {one.name: one.words for one in learned}, name="confidence")
    confidence = found if isinstance(found, ConfidenceModel) and found.good else None
    model = fit_difficulty(
        language,
        [one.example for one in learned],
        name="difficulty",
        since=DAY,
        until=DAY,
        confidence=[confidence] if confidence else [],
    )
    return confidence, model if isinstance(model, DifficultyModel) else None


def _guess(one: Recorded, prediction: Prediction) -> Guess:
    return Guess(one, prediction.value, prediction.effort, prediction.low, prediction.high)


def by_unsure_words(learned: Sequence[Recorded], asked: Sequence[Recorded]) -> list[Guess]:
    """The mean confidence, and nothing else."""
    return [Guess(one, 100.0 * _unsure(one.measures)) for one in asked]


def by_notes(learned: Sequence[Recorded], asked: Sequence[Recorded]) -> list[Guess]:
    """The logistic formula of our notes on the subject; the median of a language is that of `learned`."""
    rates = [one.measures.characters / max(one.measures.speech_seconds, 1.0) for one in learned]
    usual = float(np.median(rates))
    guesses = []
    for one in asked:
        m = one.measures
        unsure = sum(m.confidences[: BINS // 2]) / max(m.words, 1)
        snr = min(max(20.0 if m.snr_db is None else m.snr_db, 0.0), 20.0)
        rate = max(m.characters, 1) / max(m.speech_seconds, 1.0)
        z = -2.0 + 2.5 * _unsure(m) / 0.2 + unsure / 0.2 + 0.8 * (15.0 - snr) / 10.0
        z += (m.overlap_seconds or 0.0) / max(m.turn_seconds or 1.0, 1.0) / 0.1
        z += 0.6 * abs(math.log(rate / usual)) / 0.4 + 0.8 * ((m.compression_ratio or 0.0) > 2.4)
        z += 0.8 * ("mixed_languages" in m.flags or "language_uncertain" in m.flags) + 0.4 * (m.speakers > 3)
        guesses.append(Guess(one, 100.0 / (1.0 + math.exp(-z))))
    return guesses


def _unsure(measures: Measures) -> float:
    return float(1.0 - np.dot(measures.confidences, middles()) / max(measures.words, 1))


def by_plain_ridge(learned: Sequence[Recorded], asked: Sequence[Recorded]) -> list[Guess]:
    """Non-negative ridge regression on the features alone, its penalty by cross-validation."""
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    pipeline = make_pipeline(StandardScaler(), Ridge(positive=True))
    search = GridSearchCV(pipeline, {"ridge__alpha": [1, 3, 10, 30]}, scoring="neg_mean_absolute_error")
    return _regressed(search, learned, asked, with_rules=False)


def by_trees(learned: Sequence[Recorded], asked: Sequence[Recorded]) -> list[Guess]:
    """Boosted trees that rise with every feature and with what the rules say."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    trees = HistGradientBoostingRegressor(
        max_iter=80,
        max_depth=2,
        learning_rate=0.08,
        min_samples_leaf=4,
        monotonic_cst=[1] * (len(ALL) + 1),
        random_state=0,
    )
    return _regressed(trees, learned, asked, with_rules=True)


def _regressed(
    regressor: object, learned: Sequence[Recorded], asked: Sequence[Recorded], *, with_rules: bool
) -> list[Guess]:
    true = np.array([softened(one.example.share) for one in learned])
    columns = [_columns(several, with_rules=with_rules) for several in (learned, asked)]
    found = regressor.fit(columns[0], true).predict(columns[1])  # type: ignore[attr-defined]
    guesses = []
    for one, soft in zip(asked, found, strict=True):
        share = hardened(float(soft))
        characters = expected_characters(one.measures, _values(one), one.language)
        typing = typing_seconds(max(characters, FEWEST_CHARACTERS), one.language)
        guesses.append(Guess(one, difficulty(share, 1.0), share * typing))
    return guesses


def _values(one: Recorded) -> dict[str, float]:
    usual = rules.USUAL[one.language]
    found = features(one.measures, None)
    return {name: usual[name] if value is None else value for name, value in found.items()}


def _columns(several: Sequence[Recorded], *, with_rules: bool) -> Floats:
    rows = []
    for one in several:
        values = _values(one)
        ruled = [softened(rules.share(values, one.language))] if with_rules else []
        rows.append([*(values[name] for name in ALL), *ruled])
    return np.array(rows)


PREDICTORS: Final[Mapping[str, Predictor]] = {
    "rules": by_rules,
    "fitted": by_fit,
    "confidence alone": by_unsure_words,
    "formula of the notes": by_notes,
    "ridge without rules": by_plain_ridge,
    "boosted trees": by_trees,
}


def judged(
    predictor: Predictor, asked: Sequence[Recorded], learned: Sequence[Recorded] | None
) -> dict[Language, list[Guess]]:
    """Guesses by language, each of a recording that was not learned from."""
    found: dict[Language, list[Guess]] = {}
    for language in LANGUAGES:
        mine = [one for one in asked if one.language == language]
        if not mine:
            continue
        if learned is not None:
            found[language] = predictor([one for one in learned if one.language == language], mine)
            continue
        guesses: dict[str, Guess] = {}
        for inner, outer in folds([one.name for one in mine]):
            for guess in predictor([mine[place] for place in inner], [mine[place] for place in outer]):
                guesses[guess.of.name] = guess
        found[language] = [guesses[one.name] for one in mine]
    return found


def spearman(guesses: Sequence[Guess]) -> float | None:
    from scipy.stats import rankdata

    sides = rankdata([[one.value for one in guesses], [one.of.difficulty for one in guesses]], axis=1)
    return float(np.corrcoef(sides)[0, 1]) if sides.std(axis=1).all() else None


def worst_quarter(guesses: Sequence[Guess]) -> float | None:
    """The chance that one of the worst quarter is guessed to be harder than one of the others."""
    from scipy.stats import rankdata

    observed = np.array([one.of.difficulty for one in guesses])
    worst = observed > np.quantile(observed, WORST)
    many = int(worst.sum())
    if not 0 < many < len(worst):
        return None
    ranks = rankdata([one.value for one in guesses])
    return float((ranks[worst].sum() - many * (many + 1) / 2) / (many * (len(worst) - many)))


def error(guesses: Sequence[Guess]) -> float:
    return float(np.mean([abs(one.value - one.of.difficulty) for one in guesses]))


def bias(guesses: Sequence[Guess]) -> float:
    return float(np.mean([one.value - one.of.difficulty for one in guesses]))


def minutes(guesses: Sequence[Guess]) -> float:
    return float(np.mean([abs((one.effort or 0.0) - one.of.figures.effort) for one in guesses])) / 60.0


def relative(guesses: Sequence[Guess]) -> float:
    off = sum(abs((one.effort or 0.0) - one.of.figures.effort) for one in guesses)
    return 100.0 * off / sum(one.of.figures.effort for one in guesses)


def effort_bias(guesses: Sequence[Guess]) -> float:
    off = sum((one.effort or 0.0) - one.of.figures.effort for one in guesses)
    return 100.0 * off / sum(one.of.figures.effort for one in guesses)


def covered(guesses: Sequence[Guess]) -> float:
    return 100.0 * float(np.mean([(one.low or 0.0) <= one.of.difficulty <= (one.high or 0.0) for one in guesses]))


def width(guesses: Sequence[Guess]) -> float:
    return float(np.mean([(one.high or 0.0) - (one.low or 0.0) for one in guesses]))


def _cell(guesses: Sequence[Guess], figure: Callable[[Sequence[Guess]], float | None], digits: int) -> str:
    value = figure(guesses)
    bounds = interval(guesses, figure, draws=DRAWS)
    if value is None:
        return "none"
    inside = f" [{bounds[0]:.{digits}f}, {bounds[1]:.{digits}f}]" if bounds else ""
    return f"{value:.{digits}f}{inside}"


def _row(*cells: str) -> None:
    print("| " + " | ".join(cells) + " |")


def report(asked: Sequence[Recorded], learned: Sequence[Recorded] | None) -> None:
    found = {name: judged(predictor, asked, learned) for name, predictor in PREDICTORS.items()}
    for title, figure, digits in (
        ("Spearman correlation of predicted and observed difficulty", spearman, 2),
        ("Area under the curve for the worst quarter", worst_quarter, 2),
    ):
        print(f"\n{title}\n")
        _row("", *LANGUAGES, "all")
        _row(*["---"] * (len(LANGUAGES) + 2))
        for name, by_language in found.items():
            together = [guess for guesses in by_language.values() for guess in guesses]
            groups = [*(by_language.get(language, []) for language in LANGUAGES), together]
            _row(name, *(_cell(group, figure, digits) if group else "none" for group in groups))
    print("\nHow far off\n")
    _row("", "language", "points", "bias", "minutes of work", "of the real", "bias", "in the interval", "width")
    _row(*["---"] * 9)
    for name in ("rules", "fitted", "ridge without rules", "boosted trees"):
        by_language = found[name]
        together = [guess for guesses in by_language.values() for guess in guesses]
        for language, guesses in [*by_language.items(), ("all", together)]:
            bounded = guesses[0].low is not None
            _row(
                name,
                language,
                _cell(guesses, error, 1),
                f"{bias(guesses):+.1f}",
                _cell(guesses, minutes, 2),
                _cell(guesses, relative, 0) + " %",
                f"{effort_bias(guesses):+.0f} %",
                _cell(guesses, covered, 0) + " %" if bounded else "",
                f"{width(guesses):.0f}" if bounded else "",
            )


def models(asked: Sequence[Recorded], learned: Sequence[Recorded] | None) -> None:
    """What `fit` says of its own models, and whether they would be used."""
    print("\nModels as they are fitted, by their own cross-validation\n")
    _row("language", "recordings", "model", "rules", "used", "penalty", "slope", "weights")
    _row(*["---"] * 8)
    for language in LANGUAGES:
        mine = [one for one in learned or asked if one.language == language]
        model = fitted(mine)[1] if mine else None
        if model is None:
            continue
        weights = {name: round(bend.weight, 2) for name, bend in model.bends.items() if bend.weight >= 0.005}
        _row(
            language,
            str(model.recordings),
            f"{model.model.error:.1f} points",
            f"{model.rules.error:.1f} points",
            "yes" if model.good else "no",
            f"{model.penalty:.0f}",
            f"{model.slope:.2f}",
            ", ".join(f"{name} {weight}" for name, weight in weights.items()),
        )


def elsewhere(asked: Sequence[Recorded], learned: Sequence[Recorded]) -> None:
    """Where nobody mends times and speakers, the rules expect too much, and models have something to learn."""
    print("\nThe same where nobody mends times or speakers\n")
    _row("language", "rules: points off", "fitted: points off", "in the interval", "width", "used")
    _row(*["---"] * 6)
    for language in LANGUAGES:
        mine, others = ([_text_alone(one) for one in side if one.language == language] for side in (asked, learned))
        if not mine or not others:
            continue
        model = fitted(others)[1]
        guesses = by_fit(others, mine)
        _row(
            language,
            _cell(by_rules(others, mine), error, 1),
            _cell(guesses, error, 1),
            _cell(guesses, covered, 0) + " %",
            f"{width(guesses):.0f}",
            "yes" if model and model.good else "no",
        )


def _text_alone(one: Recorded) -> Recorded:
    edits = one.figures.edits
    kept = one.figures.effort - TIME_SECONDS * edits.time - SPEAKER_SECONDS * edits.speaker
    return replace(one, figures=replace(one.figures, effort=kept, edits=replace(edits, time=0, speaker=0)))


def learning(asked: Sequence[Recorded], learned: Sequence[Recorded]) -> None:
    print("\nLearning curve: points off, all languages together (mean of draws)\n")
    _row("recordings of each language", "Spearman", "points off", "models used")
    _row(*["---"] * 4)
    for many in LEARNED_FROM:
        ranks, errors, used, refused = [], [], [], 0
        for draw in range(SUBSETS if many < max(LEARNED_FROM) else 1):
            guesses: list[Guess] = []
            for language in LANGUAGES:
                pool = [one for one in learned if one.language == language]
                mine = [one for one in asked if one.language == language]
                chosen = np.random.default_rng(draw).permutation(len(pool))[:many]
                confidence, model = fitted([pool[place] for place in chosen])
                refused += model is None
                used.append(model is not None and model.good)
                guesses += [_guess(one, predict(one.measures, one.language, model, confidence)) for one in mine]
            ranks.append(spearman(guesses) or 0.0)
            errors.append(error(guesses))
        note = " (refused: the rules stand)" if refused else ""
        _row(f"{many}{note}", f"{np.mean(ranks):.3f}", f"{np.mean(errors):.2f}", f"{sum(used)} of {len(used)}")


def confidences(asked: Sequence[Recorded], learned: Sequence[Recorded] | None) -> None:
    """ECE, NCE and AUC of the recogniser's own confidences, of the usual curve, of a fitted one, of isotonic."""
    print("\nConfidences: expected calibration error / normalised cross entropy / area under the curve\n")
    _row("language", "words", "right", "as they are", "usual curve", "beta", "isotonic", "beta used")
    _row(*["---"] * 8)
    for language in LANGUAGES:
        mine = [one.words for one in asked if one.language == language]
        others = [one.words for one in learned or [] if one.language == language]
        if not mine:
            continue
        beta, steps = np.zeros((len(mine), BINS)), np.zeros((len(mine), BINS))
        splits = list(folds([str(n) for n in range(len(mine))])) if learned is None else [([], range(len(mine)))]
        for inner, outer in splits:
            counts = sum((mine[place] for place in inner) if learned is None else others, Confidences())
            beta[list(outer)] = fit_curve(counts).rights()
            steps[list(outer)] = isotonic(counts)
        scope = confidence_scope(language, asked[0].measures.recogniser)
        model = fit_confidence(scope, {str(n): one for n, one in enumerate(others or mine)}, name="beta")
        shown = [
            reliability(mine, rights)
            for rights in ([middles()] * len(mine), [USUAL_CURVES[language].rights()] * len(mine), beta, steps)
        ]
        _row(
            language,
            f"{shown[0].words:,}",
            f"{100 * shown[0].right / shown[0].words:.0f} %",
            *(f"{one.ece:.3f} / {one.nce:.3f} / {one.auc:.3f}" for one in shown),
            "yes" if isinstance(model, ConfidenceModel) and model.good else "no",
        )
    print("\nWords that a curve needs: calibration error, mean over languages and draws\n")
    _row("recordings", "words", "beta", "isotonic")
    _row(*["---"] * 4)
    for many in (2, 5, 10, 20):
        errors: list[tuple[float, float, float]] = []
        for language in LANGUAGES:
            mine = [one.words for one in asked if one.language == language]
            for draw in range(SUBSETS * 2):
                order = np.random.default_rng(draw).permutation(len(mine))
                counts = sum((mine[place] for place in order[:many]), Confidences())
                rest = [mine[place] for place in order[len(order) // 2 :]]
                pair = [
                    reliability(rest, [rights] * len(rest)).ece or 0.0
                    for rights in (fit_curve(counts).rights(), isotonic(counts))
                ]
                errors.append((float(sum(counts.total)), *pair))
        words, beta_error, isotonic_error = np.mean(errors, axis=0)
        _row(str(many), f"{words:,.0f}", f"{beta_error:.3f}", f"{isotonic_error:.3f}")


def isotonic(counts: Confidences) -> Floats:
    """Chances by bin that never fall; kept off 0 and 1 by a thousandth."""
    from sklearn.isotonic import IsotonicRegression

    total, right = np.array(counts.total, np.float64), np.array(counts.right, np.float64)
    share = np.divide(right, total, out=np.zeros(BINS), where=total > 0)
    found = IsotonicRegression(y_min=0.001, y_max=0.999).fit(middles(), share, sample_weight=total + 1e-9)
    return np.asarray(found.predict(middles()))


def costs(asked: Sequence[Recorded], learned: Sequence[Recorded] | None) -> None:
    print("\nTime\n")
    korean = [one for one in learned or asked if one.language == asked[0].language]
    model = fitted(korean)[1]
    for name, act in (
        ("measure a draft of a minute", lambda: [measure(one.draft) for one in asked]),
        ("predict by the rules", lambda: [predict(one.measures, one.language) for one in asked]),
        ("predict by a model", lambda: [predict(one.measures, korean[0].language, model) for one in asked]),
    ):
        began = time.perf_counter()
        act()
        print(f"{name}: {1000 * (time.perf_counter() - began) / len(asked):.2f} ms")
    began = time.perf_counter()
    fitted(korean)
    print(f"fit both models to {len(korean)} recordings: {time.perf_counter() - began:.2f} s")


def constants(asked: Sequence[Recorded]) -> None:
    """Non-negative least squares for what `models.difficulty.rules` writes down, rounded, and the usual values."""
    from scipy.optimize import nnls

    values = [_values(one) for one in asked]
    column = {name: np.array([one[name] for one in values]) for name in ALL} | {"1": np.ones(len(asked))}
    of = np.array([one.language for one in asked])
    column |= {f"wrong {language}": column["wrong_words"] * (of == language) for language in LANGUAGES}
    medians = {
        name: np.select(
            [of == language for language in LANGUAGES],
            [np.median(column[name][of == language]) for language in LANGUAGES],
        )
        for name in ALL
    }
    off = {name: column[name] - medians[name] for name in ALL}
    column |= {f"off {name}": values for name, values in off.items()}
    figures = [one.figures for one in asked]
    sentences = np.array([one.measures.sentences for one in asked])
    by_hand = np.array(
        [
            SPLIT_SECONDS * (one.edits.split + one.edits.merge)
            + SHIFT_SECONDS * one.edits.shift
            + SPEAKER_SECONDS * one.edits.speaker
            + TIME_SECONDS * one.edits.time
            for one in figures
        ]
    )
    effort, typing = (np.array([getattr(one, name) for one in figures]) for name in ("effort", "typing"))
    edits = {name: np.array([getattr(one.edits, name) for one in figures]) for name in ("speaker", "time")}
    borders = np.array([one.edits.boundary for one in figures])
    longer = np.array([one.content_characters / one.draft_characters for one in figures])
    ask = {
        "text": (
            (effort - by_hand) / typing,
            (*(f"wrong {one}" for one in LANGUAGES), "overlap", "unfinished_sentences"),
        ),
        "speaker": (edits["speaker"] / sentences, ("1", "speakers", "overlap", "wrong_words")),
        "time": (edits["time"] / sentences, ("wrong_words", "unfinished_sentences", "silent_turns", "speakers")),
        "border": (borders / sentences, ("1", "unfinished_sentences")),
        "longer": (longer - 1, ("wrong_words", "overlap")),
        "heard": (off["wrong_words"], ("off noise", "off overlap", "off fast_speech")),
    }
    # by ratio: a hard recording is further off with its text, as it is with everything
    by_ratio = 1 / (np.array([one.example.share for one in asked]) + 0.2)
    for name, (outcome, used) in ask.items():
        weigh = by_ratio if name == "text" else np.ones(len(asked))
        weights, _ = nnls(np.column_stack([column[one] for one in used]) * weigh[:, None], outcome * weigh)
        print(name, {one: round(float(weight), 4) for one, weight in zip(used, weights, strict=True)})
    for language in LANGUAGES:
        mine = [n for n, one in enumerate(asked) if one.language == language]
        print(language, fit_curve(sum((asked[n].words for n in mine), Confidences())))
        print(language, {name: round(float(np.median(column[name][mine])), 3) for name in ALL})
    softs = [
        abs(softened(rules.share(one, recorded.language)) - softened(recorded.example.share))
        for one, recorded in zip(values, asked, strict=True)
    ]
    print(
        "off by, on the soft scale:",
        {share: round(float(np.quantile(softs, share)), 3) for share in (0.8, 0.9, 0.95)},
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.difficulty",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fit", type=Path, metavar="OTHER", help="fit to this folder instead of cross-validation")
    parser.add_argument("--constants", action="store_true")
    chosen = parser.parse_args()
    asked = load(chosen.folder)
    learned = load(chosen.fit) if chosen.fit else None
    if chosen.constants:
        constants(asked)
        return
    print(f"{len(asked)} recordings; fitted to {chosen.fit or 'the others of them, five parts in turn'}")
    report(asked, learned)
    models(asked, learned)
    if learned is not None:
        elsewhere(asked, learned)
        learning(asked, learned)
    confidences(asked, learned)
    costs(asked, learned)


if __name__ == "__main__":
    main()
