"""Regular expressions that both Python's `re` and JavaScript, with the flag `u`, read."""

from __future__ import annotations

import re

_GROUP = re.compile(r"\((?!\?)|\(\?(?:[:=!]|<[=!])")
_LOOK = re.compile(r"\(\?<?[=!]")
_REPEAT = re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})\??")
_ESCAPE = re.compile(r"\\(?:[\^$\\.*+?()\[\]{}|/dDwWsSfnrtv]|0(?!\d)|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})")
_ESCAPE_OUTSIDE = re.compile(r"\\(?:[bB]|[1-9]\d?(?!\d))")
_ESCAPE_INSIDE = re.compile(r"\\[b-]")
_TOKEN = re.compile(
    r"(?P<open>\()(?:\?(?:[:=!]|<[=!]))?|(?P<close>\))|(?P<repeat>[*+]|\{(?P<least>\d+)(?P<most>,\d*)?\})|"
    r"\\.|\[\^?(?:\\.|[^\]\\])*\]|.",
    re.DOTALL,
)
_FEW = 5
"""So many repetitions of a part that repeats something are quick whatever the text."""
_WRITTEN = {"\\A": "write ^", "\\Z": "write $"}
_FUTURE = re.compile(r"--|&&|~~|\|\|")
"""Within a set these may come to mean operations on sets, in both languages."""


def insist_shared(pattern: str) -> None:
    r"""Raise ValueError where Python or JavaScript does not read a pattern, or each takes it for something else, or
    where it repeats what repeats something itself: that is tried in more ways than anybody can wait for.

    Some match a little else all the same: in JavaScript letters and digits (`\w`, `\d`, `\b`) are those of ASCII,
    and `$` is the very end.
    """
    _insist_javascript(pattern)
    try:
        re.compile(pattern)
    except (re.error, OverflowError) as error:
        raise ValueError(f"it is no regular expression: {error}") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    _insist_quick(pattern)


def _insist_quick(pattern: str) -> None:
    """Of a pattern that is read: nothing is repeated often that itself repeats something, now more and now less."""
    varies = [False]  # of each group that is open, the pattern itself first
    closed = False  # of the group that ends where we are
    for token in _TOKEN.finditer(pattern):
        if token["open"]:
            varies.append(False)
        elif token["close"]:
            closed = varies.pop()
            varies[-1] |= closed
            continue
        elif repeat := token["repeat"]:
            least, most = int(token["least"] or 0), token["most"]
            exact = token["least"] is not None and most in (None, f",{least}")
            often = least if exact else int((most or "").removeprefix(",") or _FEW + 1)
            if closed and often > _FEW:
                raise ValueError(
                    f"{repeat} at character {token.start()} repeats what repeats something itself, which takes for "
                    "ever on some texts: repeat one of the two"
                )
            varies[-1] |= not exact
        closed = False


def _insist_javascript(pattern: str) -> None:
    """Only what `re` reads otherwise, or reads alone; what neither reads is left to `re`, which says why."""
    at, looks, repeatable = 0, list[bool](), True
    while at < len(pattern):
        one = pattern[at]
        if repeat := _REPEAT.match(pattern, at):
            if not repeatable:
                raise _unread(at, repeat[0], "what looks ahead or behind cannot be repeated")
            if pattern.startswith("+", repeat.end()):
                raise _unread(at, f"{repeat[0]}+", "leave out what makes the repetition possessive")
            at = repeat.end()
            continue
        repeatable = True
        if one == "\\":
            at = _escape_end(pattern, at, _ESCAPE_OUTSIDE)
        elif one == "[":
            at = _set_end(pattern, at)
        elif one == "(":
            group = _GROUP.match(pattern, at)
            if group is None:
                raise _unread(at, pattern[at : at + 3], "groups begin with (, (?:, (?=, (?!, (?<= or (?<!")
            looks.append(_LOOK.match(pattern, at) is not None)
            at = group.end()
        elif one in "{}]":
            raise _unread(at, one, f"by itself it is written \\{one}")
        else:
            if one == ")" and looks:
                repeatable = not looks.pop()
            at += 1


def _escape_end(pattern: str, at: int, also: re.Pattern[str]) -> int:
    found = _ESCAPE.match(pattern, at) or also.match(pattern, at)
    if found is None:
        what = pattern[at : at + 2]
        raise _unread(at, what, _WRITTEN.get(what, "leave out the backslash, or write the character as \\uXXXX"))
    return found.end()


def _set_end(pattern: str, at: int) -> int:
    """Behind the set that begins at `at`; the end of the pattern where the set has none."""
    at += 2 if pattern.startswith("[^", at) else 1
    if pattern.startswith("]", at):
        raise _unread(at, "]", "first in a set it is written \\]")
    while at < len(pattern) and pattern[at] != "]":
        if pattern[at] == "\\":
            at = _escape_end(pattern, at, _ESCAPE_INSIDE)
        elif pattern[at] == "[":
            raise _unread(at, "[", "in a set it is written \\[")
        elif twice := _FUTURE.match(pattern, at):
            raise _unread(at, twice[0], "in a set each of them is written with a backslash, or once")
        else:
            at += 1
    return at + 1


def _unread(at: int, what: str, instead: str) -> ValueError:
    return ValueError(f"not both of Python and JavaScript read {what} at character {at}: {instead}")
