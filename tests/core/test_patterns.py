"""What is told apart was held against `new RegExp(pattern, "u")` of Node.js 20, with 300,000 random patterns."""

from __future__ import annotations

import pytest

from core.patterns import insist_shared


@pytest.mark.parametrize(
    "pattern",
    [
        "[０-９]",
        r"\b[Uu][hm]\b",
        r"(?:^|\s)\d{1,3}(?:,\d{3})+(?!\d)",
        r"(?<=[가-힣])\.(?=[가-힣])",
        r"(?<!\$)\(\)|\[\]|\{\}",
        r"(.)\1{2,}?",
        r"[^\w\-\]\b^]*",
        r"\u0041\x41\/\0",
        "😀+",
        r"[+*?(){}.|$/-]",
        r"(?:-?\d)+",
        r"(?:\d+,){2}\d+",
        r"(?:[a+]\+)*b+c*",
    ],
)
def test_what_both_languages_read_is_taken(pattern: str) -> None:
    insist_shared(pattern)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(?P<word>a)", "read (?P at character 0: groups begin with (, (?:, (?=, (?!, (?<= or (?<!"),
        ("a(?#why)", "read (?# at character 1"),
        ("(?i)a", "read (?i at character 0"),
        ("(?i:a)", "read (?i at character 0"),
        ("(?>a)", "read (?> at character 0"),
        ("(a)?(?(1)b|c)", "read (?( at character 4"),
        ("(?<word>a)", "read (?< at character 0"),
        (r"\Aa", r"read \A at character 0: write ^"),
        (r"a\Z", r"read \Z at character 1: write $"),
        (r"\p{L}", r"read \p at character 0"),
        (r"\N{DIGIT ONE}", r"read \N at character 0"),
        (r"\U0001F600", r"read \U at character 0"),
        (r"\-", r"read \- at character 0: leave out the backslash"),
        (r"\012", r"read \0 at character 0"),
        (r"(a)\123", r"read \1 at character 3"),
        (r"[\1]", r"read \1 at character 1"),
        (r"[\B]", r"read \B at character 1"),
        ("a++", "read ++ at character 1: leave out what makes the repetition possessive"),
        ("a{2}+", "read {2}+ at character 1"),
        ("(?=a)*", "read * at character 5: what looks ahead or behind cannot be repeated"),
        ("a{,3}", r"read { at character 1: by itself it is written \{"),
        ("a}", r"read } at character 1: by itself it is written \}"),
        ("a]", r"read ] at character 1: by itself it is written \]"),
        ("[]a]", r"read ] at character 1: first in a set it is written \]"),
        ("[^]a]", r"read ] at character 2"),
        ("[[a]", r"read [ at character 1: in a set it is written \["),
        ("[a--b]", "read -- at character 2: in a set each of them is written with a backslash, or once"),
        ("(a", "it is no regular expression: missing ), unterminated subpattern at position 0"),
        ("a)", "it is no regular expression: unbalanced parenthesis at position 1"),
        ("[a", "it is no regular expression: unterminated character set at position 0"),
        ("[a\\", "read \\ at character 2"),
        ("a**", "it is no regular expression: multiple repeat at position 2"),
        ("(?<=a*)b", "it is no regular expression: look-behind requires fixed-width pattern"),
        ("a{99999999999}", "it is no regular expression: the repetition number is too large"),
        ("(" * 5000 + ")" * 5000, "it is nested too deeply"),
    ],
)
def test_what_one_of_them_does_not_read_is_refused_with_its_place(pattern: str, why: str) -> None:
    with pytest.raises(ValueError) as caught:
        insist_shared(pattern)

    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("pattern", "at"),
    [
        (r"(\w+\s*)+!", 8),
        ("(?:a{1,3})*", 10),
        ("(?:(?:ab*)c)+", 12),
        ("((a|b+)?c){2,}", 10),
        ("(?:a+){20}b", 6),
        (r"(?=(\d*,)+$)", 9),
    ],
)
def test_a_repetition_of_repetitions_is_refused_because_it_may_take_for_ever(pattern: str, at: int) -> None:
    with pytest.raises(ValueError, match="takes for ever on some texts") as caught:
        insist_shared(pattern)

    assert f"at character {at} " in str(caught.value)
