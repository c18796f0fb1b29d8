"""What of a transcript might have to be muted: found by rules on words, or wherever a chosen phrase is said. Pure.

A proposal is no mute: a person accepts or refuses each. Rules know what UK officers hear: telephone numbers, dates of
birth, addresses and postcodes, registration marks, names after 'my name is'; figures and letters also as they are spelt
out ('oh seven seven double one', 'alpha bravo'). They miss what the transcript gets wrong, and pages say so.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from evidence.recordings.hearing import Word, places_of, plain

WIDEN_MS = 1_000
"""On both sides: a word may be a second off."""
FEWEST_DIGITS = 7
NAME_WORDS = 3
NAME_PAUSE_MS = 900
BORN_WITHIN = 12
PHRASE = "phrase"
RULES = {
    "phone": "Telephone number",
    "birth": "Date of birth",
    "address": "Address",
    "mark": "Registration mark",
    "name": "Name",
    PHRASE: "Chosen words",
}
_UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DIGITS = {word: str(number) for number, word in enumerate(_UNITS)} | {"oh": "0", "o": "0", "nought": "0"}
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NUMBERS = {*_UNITS[1:], *_TEENS, *_TENS, "hundred", "thousand", "nineteen"}
_TIMES = {"double": 2, "triple": 3, "treble": 3}
_MONTHS = {
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
}  # fmt: skip
_ORDINALS = {
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth", "thirtieth",
}  # fmt: skip
_STREETS = {
    "street", "road", "avenue", "lane", "close", "drive", "way", "court", "place", "crescent", "gardens", "terrace",
    "grove", "hill", "mews", "square", "walk", "row", "rise", "park", "house", "flat",
}  # fmt: skip
_ALPHABET = (
    "alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet", "kilo", "lima", "mike",
    "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango", "uniform", "victor", "whiskey", "xray", "yankee",
    "zulu", "alfa", "juliett", "whisky",
)  # fmt: skip
_SPELT = {word: word[0] for word in _ALPHABET}
_MARK = re.compile(r"[a-z]{2}\d{2}[a-z]{3}|[a-z]\d{1,3}[a-z]{3}|[a-z]{3}\d{1,3}[a-z]")
_POSTCODE = re.compile(r"[a-z]{1,2}\d[a-z\d]?\d[a-z]{2}")
_DATE = re.compile(r"\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}")
_DAY = re.compile(r"(\d{1,2})(st|nd|rd|th)?")
_CUES = (
    ("my", "name", "is"), ("my", "name's"), ("name", "is"), ("name's",), ("i'm", "called"), ("i", "am", "called"),
    ("call", "me"), ("he's", "called"), ("she's", "called"), ("surname", "is"), ("is", "called"),
)  # fmt: skip
_NO_NAME = {
    "and", "i", "is", "the", "a", "an", "but", "so", "what", "where", "my", "he", "she", "it", "they", "we", "you",
    "not", "because", "from", "officer", "sir", "mate", "please", "yeah", "yes", "no", "on", "to", "in", "it's",
    "i'm", "that",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proposal:
    """A stretch to mute, widened, with what was made out there and by which rule. `first`, `end`: word numbers."""

    rule: str
    start_ms: int
    end_ms: int
    said: str
    first: int
    end: int

    @property
    def key(self) -> str:
        """Names it in a form, and in what was decided before."""
        return f"{self.rule}:{self.start_ms}:{self.end_ms}"

    @property
    def label(self) -> str:
        """The rule in words."""
        return RULES[self.rule]

    @property
    def start_s(self) -> float:
        """Seconds, for pages."""
        return self.start_ms / 1000

    @property
    def end_s(self) -> float:
        """Seconds, for pages."""
        return self.end_ms / 1000


def proposals_in(runs: Iterable[Sequence[Word]], phrase: str = "") -> list[Proposal]:
    """The proposals of several runs of words, none of which goes on in the next, in order of time."""
    return [row for words in runs for row in proposals_of(words, phrase)]


def proposals_of(words: Sequence[Word], phrase: str = "") -> list[Proposal]:
    """All proposals in order of time; those of one rule that meet are one."""
    said = [plain(word.text) for word in words]
    found: list[tuple[str, int, int]] = []
    for rule, find in _FINDERS.items():
        found += [(rule, first, end) for first, end in find(words, said)]
    if phrase:
        found += [(PHRASE, first, end) for first, end in places_of(words, phrase)]
    made: list[Proposal] = []
    for rule in RULES:
        mine = sorted((first, end) for name, first, end in found if name == rule)
        made += [_proposal(rule, words, first, end) for first, end in _apart(mine)]
    return sorted(made, key=lambda row: (row.start_ms, row.rule))


def _apart(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for first, end in spans:
        if found and first < found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((first, end))
    return found


def _proposal(rule: str, words: Sequence[Word], first: int, end: int) -> Proposal:
    return Proposal(
        rule=rule, start_ms=max(words[first].start_ms - WIDEN_MS, 0), end_ms=words[end - 1].end_ms + WIDEN_MS,
        said=" ".join(word.text for word in words[first:end]).strip(" ,.;:!?"), first=first, end=end,
    )  # fmt: skip


def _phones(words: Sequence[Word], said: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Runs of figures, seven or more: 'oh', 'double two' and '0161' count as what they stand for."""
    at = 0
    while at < len(said):
        end, digits, times = at, 0, 1
        while end < len(said):
            if said[end] in _TIMES:
                times = _TIMES[said[end]]
            elif said[end] in _DIGITS:
                digits, times = digits + times, 1
            elif said[end].isascii() and said[end].isdigit():
                digits, times = digits + len(said[end]) * times, 1
            elif not (end > at and said[end] in {"plus", "and"} and digits):
                break
            end += 1
        if digits >= FEWEST_DIGITS and not _DATE.search(" ".join(word.text for word in words[at:end])):
            yield at, end
        at = max(end, at + 1)


def _births(words: Sequence[Word], said: Sequence[str]) -> Iterator[tuple[int, int]]:
    """A day and a month, or 1/2/1980; a year, or a word of birth before it, goes with it."""
    for at, word in enumerate(said):
        if _DATE.search(words[at].text):
            yield at, at + 1
        elif word in _MONTHS:
            first, end = at, at + 1
            while first > 0 and at - first < 4 and (_is_day(said[first - 1]) or said[first - 1] in {"of", "the"}):
                first -= 1
            while end < len(said) and end - at < 6 and _is_number(said[end]):
                end += 1
            has_day = any(_is_day(each) for each in said[first:at]) or (end > at + 1 and _is_day(said[at + 1]))
            if has_day and (end > at + 1 or _is_birth(said, first)):
                while said[first] in {"of", "the"}:
                    first += 1
                yield first, end


def _is_birth(said: Sequence[str], first: int) -> bool:
    before = said[max(first - BORN_WITHIN, 0) : first]
    return any(word in {"born", "birth", "birthday", "dob"} for word in before)


def _is_day(word: str) -> bool:
    told = _DAY.fullmatch(word)
    return (told is not None and 0 < int(told[1]) < 32) or word in _ORDINALS or word in _TENS[:2] or word in _TEENS


def _is_number(word: str) -> bool:
    return (word.isascii() and word.isdigit()) or word in _NUMBERS or word in _DIGITS or word in {"and", "th"}


def _addresses(words: Sequence[Word], said: Sequence[str]) -> Iterator[tuple[int, int]]:
    """A number, up to three words, and the kind of street; and postcodes."""
    for at, word in enumerate(said):
        if word not in _STREETS:
            continue
        for before in range(1, 5):
            first = at - before
            if first >= 0 and _is_house(said[first]) and (before > 1 or word == "flat"):
                while first > 0 and at - first < 7 and _is_house(said[first - 1]):
                    first -= 1
                yield first, at + 1
                break
        if word == "flat" and at + 1 < len(said) and _is_house(said[at + 1]):
            yield at, at + 2
    marks = list(_marks(words, said))
    for first, end in _spelt(said, _POSTCODE, fewest=5):
        # the beginning of a mark may look like one
        if not any(start <= first and end < stop for start, stop in marks):
            yield first, end


def _is_house(word: str) -> bool:
    return bool(re.fullmatch(r"\d{1,4}[a-z]?", word)) or ((word in _NUMBERS or word in _DIGITS) and word != "o")


def _marks(words: Sequence[Word], said: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Letters and figures of a UK mark, in one word or spelt out."""
    yield from _spelt(said, _MARK, fewest=5)


def _spelt(said: Sequence[str], shape: re.Pattern[str], *, fewest: int) -> Iterator[tuple[int, int]]:
    """Up to eight neighbouring words that, as letters and figures, have the shape; the longest at each place."""
    at = 0
    while at < len(said):
        letters, best = "", 0
        for end in range(at, min(at + 8, len(said))):
            piece = _piece(said[end])
            if not piece:
                break
            letters += piece
            if len(letters) >= fewest and shape.fullmatch(letters):
                best = end + 1
        if best:
            yield at, best
        at = best or at + 1


def _piece(word: str) -> str:
    """A word as letters and figures, where it is spelt; '' where it is a word."""
    if word in _SPELT:
        return _SPELT[word]
    if word in _DIGITS and word != "o":
        return _DIGITS[word]
    is_mixed = any(letter.isdigit() for letter in word)
    return word if word.isascii() and word.isalnum() and (len(word) <= 3 or is_mixed) and len(word) <= 8 else ""


def _names(words: Sequence[Word], said: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Up to three words after a cue, to the next pause or the next small word."""
    for at in range(len(said)):
        for cue in _CUES:
            first = at + len(cue)
            if tuple(said[at:first]) != cue:
                continue
            end = first
            while end < len(said) and end - first < NAME_WORDS and said[end] and said[end] not in _NO_NAME:
                if end > first and words[end].start_ms - words[end - 1].end_ms > NAME_PAUSE_MS:
                    break
                end += 1
            if end > first:
                yield first, end
            break


_FINDERS: dict[str, Callable[[Sequence[Word], Sequence[str]], Iterator[tuple[int, int]]]] = {
    "phone": _phones, "birth": _births, "address": _addresses, "mark": _marks, "name": _names,
}  # fmt: skip
