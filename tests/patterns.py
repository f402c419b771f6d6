"""Is a pattern linear? Judged by its structure, and by the time that it takes over what is hostile to it."""

import re
import re._constants as c
import re._parser as parser
import string
import time
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from speed import yardstick_s

LENGTH = 10_000  # characters of a hostile text
_UNBOUNDED = 200  # repeats: fewer cost the same for any text
_ALPHABET = [*map(chr, range(0x250)), *"–—‘’“”€\u2028ΩЖ漢٣\u212a\u017f"]
_ANYTHING = frozenset(_ALPHABET)
_REPEATS = (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT)
_LOOKS = (c.ASSERT, c.ASSERT_NOT)

Item = tuple[Any, Any]
Chars = frozenset[str]


def faults(pattern: re.Pattern[Any]) -> list[str]:
    """What makes a pattern more than linear by its structure, in words; empty where nothing does."""
    tree = parser.parse(
        pattern.pattern, pattern.flags & ~(re.DEBUG | re.UNICODE if isinstance(pattern.pattern, bytes) else re.DEBUG)
    )
    return _Judge(tree.state.flags).of(list(tree))


class _Judge:
    def __init__(self, flags: int) -> None:
        self.flags = flags

    def of(self, items: Sequence[Item]) -> list[str]:
        found: list[str] = []
        self._run(items, [], found)
        return found

    def _run(self, items: Sequence[Item], pending: list[Chars], found: list[str]) -> list[Chars]:
        """Goes through a sequence. `pending`: sets of unbounded repeats that may still give back what they took."""
        for item in items:
            pending = self._step(item, pending, found)
        return pending

    def _step(self, item: Item, pending: list[Chars], found: list[str]) -> list[Chars]:
        kind, value = item
        if kind in (c.AT, c.GROUPREF):
            return pending
        if kind in _LOOKS:
            self._run(value[1], pending, found)
            return pending
        if kind is c.SUBPATTERN:
            return self._run(value[3], pending, found)
        if kind is c.ATOMIC_GROUP:
            self._run(value, pending, found)
            return pending if self._is_nullable(value) else []
        if kind is c.BRANCH:
            ends = [end for branch in value[1] for end in self._run(branch, pending, found)]
            return list(dict.fromkeys(ends))
        if kind is c.GROUPREF_EXISTS:
            return [end for part in value[1:] if part for end in self._run(part, pending, found)]
        if kind not in _REPEATS:
            own = self._chars(item)
            return [one for one in pending if one & own]
        least, most, body = value
        body = list(body)
        if most < _UNBOUNDED:
            after = self._run(body, pending, found)
            return list(dict.fromkeys([*after, *(pending if least == 0 or self._is_nullable(body) else [])]))
        first = self._first(body)
        if any(one & first for one in pending):
            found.append("two repeats beside each other can take the same characters")
        inside = self._run(body, [], found)
        if any(one & first for one in inside):
            found.append("a repeat within a repeat can take the same characters")
        if kind is c.POSSESSIVE_REPEAT:
            return pending if least == 0 else []
        own = frozenset().union(*(self._chars(one) for one in _leaves(body)))
        return [own, *(pending if least == 0 else [])]

    def _first(self, items: Sequence[Item]) -> Chars:
        """The characters with which a sequence may begin."""
        chars: Chars = frozenset()
        for item in items:
            kind, value = item
            if kind in (c.AT, *_LOOKS):
                continue
            if kind is c.SUBPATTERN:
                chars |= self._first(value[3])
            elif kind is c.ATOMIC_GROUP:
                chars |= self._first(value)
            elif kind is c.BRANCH:
                chars = chars.union(*(self._first(branch) for branch in value[1]))
            elif kind in _REPEATS:
                chars |= self._first(value[2])
            else:
                chars |= self._chars(item)
            if not self._is_nullable([item]):
                break
        return chars

    def _is_nullable(self, items: Sequence[Item]) -> bool:
        return all(_least(item) == 0 for item in items)

    def _chars(self, item: Item) -> Chars:
        kind, value = item
        if kind in (c.GROUPREF, c.GROUPREF_EXISTS):
            return _ANYTHING
        one = re.compile(_written(kind, value), self.flags & (re.IGNORECASE | re.ASCII | re.DOTALL))
        return frozenset(char for char in _ALPHABET if one.match(char))


def _least(item: Item) -> int:
    kind, value = item
    if kind in (c.AT, *_LOOKS):
        return 0
    if kind is c.SUBPATTERN:
        return sum(map(_least, value[3]))
    if kind is c.ATOMIC_GROUP:
        return sum(map(_least, value))
    if kind is c.BRANCH:
        return min(sum(map(_least, branch)) for branch in value[1])
    if kind in _REPEATS:
        return value[0] * sum(map(_least, value[2]))
    return 0 if kind in (c.GROUPREF, c.GROUPREF_EXISTS) else 1


def _leaves(items: Sequence[Item]) -> Iterator[Item]:
    for kind, value in items:
        if kind in (c.AT, *_LOOKS):
            continue
        if kind is c.SUBPATTERN:
            yield from _leaves(value[3])
        elif kind is c.ATOMIC_GROUP:
            yield from _leaves(value)
        elif kind is c.BRANCH:
            for branch in value[1]:
                yield from _leaves(branch)
        elif kind in _REPEATS:
            yield from _leaves(value[2])
        else:
            yield kind, value


_CATEGORIES = {
    c.CATEGORY_DIGIT: r"\d", c.CATEGORY_NOT_DIGIT: r"\D", c.CATEGORY_SPACE: r"\s", c.CATEGORY_NOT_SPACE: r"\S",
    c.CATEGORY_WORD: r"\w", c.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip


def _written(kind: Any, value: Any) -> str:
    """One character's worth of a parsed pattern, as a pattern again."""
    if kind is c.LITERAL:
        return re.escape(chr(value))
    if kind is c.NOT_LITERAL:
        return f"[^{re.escape(chr(value))}]"
    if kind is c.ANY:
        return "."
    assert kind is c.IN, kind
    parts = []
    for one, of in value:
        if one is c.RANGE:
            parts.append(f"{re.escape(chr(of[0]))}-{re.escape(chr(of[1]))}")
        elif one is c.LITERAL:
            parts.append(re.escape(chr(of)))
        else:
            parts.append({c.NEGATE: "^"}.get(one) or _CATEGORIES[of])
    return f"[{''.join(parts)}]"


def hostile(pattern: re.Pattern[Any]) -> list[str]:
    """Texts over which the pattern goes on for long, if it can: its repeats filled and broken off."""
    tree = list(
        parser.parse(
            pattern.pattern, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
        )
    )
    whole = _sample(tree)
    units = ["a", " ", "1", "a ", "1 ", "a-", "1,", "(", "a.", "A1-", "one ", "a/", "\u0301", "£", "'", "0" * 5 + " "]
    units += [whole, whole[:-1], whole + " ", whole[:-1] + " "]
    texts = [(unit or "x") * (LENGTH // max(len(unit), 1)) + end for unit in units for end in ("", "\x01", "a!")]
    for before, body in _repeats(tree, ""):
        filled = (body or "x") * (LENGTH // max(len(body), 1))
        texts += [
            before + filled,
            before + filled + "\x01",
            (before + body) * (LENGTH // max(len(before + body), 1)) + "\x01",
        ]
    return [text[: LENGTH + 50] for text in texts]


def _repeats(items: Sequence[Item], before: str) -> Iterator[tuple[str, str]]:
    """For each repeat what comes before it, and what it repeats, as samples."""
    for item in items:
        kind, value = item
        if kind in _REPEATS:
            yield before, _sample(value[2])
            yield from _repeats(value[2], before)
        elif kind is c.SUBPATTERN:
            yield from _repeats(value[3], before)
        elif kind is c.ATOMIC_GROUP:
            yield from _repeats(value, before)
        elif kind in _LOOKS:
            yield from _repeats(value[1], before)
        elif kind is c.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch, before)
        before += _sample([item])


def _sample(items: Sequence[Item]) -> str:
    """A short text that the pattern's sequence matches, or nearly."""
    out = ""
    for kind, value in items:
        if kind in (c.AT, *_LOOKS, c.GROUPREF, c.GROUPREF_EXISTS):
            continue
        if kind is c.SUBPATTERN:
            out += _sample(value[3])
        elif kind is c.ATOMIC_GROUP:
            out += _sample(value)
        elif kind is c.BRANCH:
            out += _sample(value[1][0])
        elif kind in _REPEATS:
            out += _sample(value[2]) * min(max(value[0], 1), 20)
        else:
            one = re.compile(_written(kind, value))
            out += next(
                (char for char in string.ascii_lowercase + string.printable + "".join(_ALPHABET) if one.match(char)), ""
            )
    return out


@cache
def limit_s() -> float:
    """Seconds of CPU that no linear pattern takes on this machine, however busy: less than a quadratic one takes."""
    return 0.85 * yardstick_s()


def slowest_s(pattern: re.Pattern[Any], *, is_match: bool = False) -> float:
    """Seconds of CPU that the first slow one of the hostile texts takes, or the slowest; the better of two tries.

    `is_match` for a pattern that is only ever tried at the beginning of a text.
    """
    slowest = 0.0
    for text in dict.fromkeys(hostile(pattern)):
        slowest = max(slowest, _seconds(pattern, text, is_match, limit_s()))
        if slowest > limit_s():
            break
    return slowest


def _seconds(pattern: re.Pattern[Any], text: str, is_match: bool, enough_s: float) -> float:
    given: Any = text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text
    best = float("inf")
    for _ in range(2):
        started = time.process_time()
        if is_match:
            pattern.match(given)
        else:
            for _match in pattern.finditer(given):
                pass
        best = min(best, time.process_time() - started)
        if best < enough_s:
            break
    return best
