"""Regular expressions that both Python's `re` and JavaScript, with the flag `u`, read."""

from __future__ import annotations

import re

_GROUP = re.compile(r"\((?!\?)|\(\?(?:[:=!]|<[=!])")
_LOOK = re.compile(r"\(\?<?[=!]")
_REPEAT = re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})\??")
_ESCAPE = re.compile(r"\\(?:[\^$\\.*+?()\[\]{}|/dDwWsSfnrtv]|0(?!\d)|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})")
_ESCAPE_OUTSIDE = re.compile(r"\\(?:[bB]|[1-9]\d?(?!\d))")
_ESCAPE_INSIDE = re.compile(r"\\[b-]")
_WRITTEN = {"\\A": "write ^", "\\Z": "write $"}
_FUTURE = re.compile(r"--|&&|~~|\|\|")
"""Within a set these may come to mean operations on sets, in both languages."""


def insist_shared(pattern: str) -> None:
    r"""Raise ValueError where Python or JavaScript does not read a pattern, or each takes it for something else.

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
