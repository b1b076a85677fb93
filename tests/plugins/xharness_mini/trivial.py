"""Strategies that understand nothing, scored on the suite's test data: what position, length, copying and habit achieve.

Each strategy gives one fraction per language. Those that learn do so from the English training data by counting.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from xharness import DataRequest, Example, Predictions, Question, Split, Text, TextPair, Words
from xharness_mini.tasks import TASKS
from xharness_xtreme.metrics import METRICS

BY_NAME = {task.name: task for task in TASKS}
METRIC = {metric.name: metric for metric in METRICS}


def split(task: str, language: str, name: str = "test") -> Split:
    """One language of one split of a task."""
    return BY_NAME[task].load(DataRequest(language=language, split=name))


def words(text: str) -> list[str]:
    """Words in lower case; of texts without spaces the characters."""
    found = re.findall(r"\w+", text.lower())
    return [character for word in found for character in (word if ord(word[0]) > 0x2E80 else [word])]


# ---- pairs: a label by counting ----------------------------------------------------------------------------------

Feature = Callable[[TextPair], list[str]]


def second_only(pair: TextPair) -> list[str]:
    """The words of the second sentence."""
    return words(pair.second)


def overlap(pair: TextPair) -> list[str]:
    """How much of the second sentence stands in the first, in tenths."""
    first, second = set(words(pair.first)), words(pair.second)
    return [str(round(10 * sum(word in first for word in second) / len(second)))]


def length(pair: TextPair) -> list[str]:
    """The lengths of the two sentences in words, and their difference."""
    first, second = len(words(pair.first)), len(words(pair.second))
    return [f"b{second}", f"d{second - first}"]


def majority(_: TextPair) -> list[str]:
    """Nothing: the most frequent label."""
    return []


def by_counting(task: str, feature: Feature, language: str) -> float:
    """Accuracy of naive Bayes over features, learnt in English and applied to another language."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    labels: Counter[str] = Counter()
    for example in split(task, "en", "train").examples:
        labels[str(example.gold)] += 1
        for one in _features(example, feature):
            seen[str(example.gold)][one] += 1
    known = {one for counts in seen.values() for one in counts}

    def score(label: str, found: Sequence[str]) -> float:
        total = sum(seen[label].values()) + len(known) + 1
        return math.log(labels[label]) + sum(math.log((seen[label][one] + 1) / total) for one in found)

    examples = split(task, language).examples
    right = 0
    for example in examples:
        found = [one for one in _features(example, feature) if one in known]
        right += max(sorted(labels), key=lambda label: score(label, found)) == example.gold
    return right / len(examples)


def _features(example: Example, feature: Feature) -> list[str]:
    assert isinstance(example.inputs, TextPair)
    return feature(example.inputs)


# ---- questions: a place in the passage ---------------------------------------------------------------------------


def first_words(question: Question) -> str:
    """The first words of the passage."""
    return _run(question.context, 0)


def last_words(question: Question) -> str:
    """The last words of the passage."""
    pieces = _pieces(question.context)
    return _run(question.context, len(pieces) - 2)


def longest_word(question: Question) -> str:
    """The longest word of the passage."""
    return max(_pieces(question.context), key=len)


def capitalised(question: Question) -> str:
    """The first word with a capital that does not begin a sentence, or the first word."""
    found = re.search(r"(?<=[^.?!] )[A-ZА-ЯÁÉÓÄÖÜ]\w+", question.context)
    return found.group() if found else _pieces(question.context)[0]


def middle(question: Question) -> str:
    """Two words from a place in the passage that the length of the question decides."""
    pieces = _pieces(question.context)
    return _run(question.context, 7919 * len(question.question) % (len(pieces) - 1))


def _pieces(text: str) -> list[str]:
    return re.findall(r"\w{1,2}", text) if re.search(r"[\u4e00-\u9fff]", text) else re.findall(r"\w+", text)


def _run(text: str, start: int) -> str:
    pieces = _pieces(text)[max(start, 0) : max(start, 0) + 2]
    found = re.search(r"\W*".join(map(re.escape, pieces)), text)
    return found.group() if found else pieces[0]


def answered(task: str, strategy: Callable[[Question], str], language: str) -> float:
    """Mean of exact match and F1 of a strategy, as the task's own metric gives them."""
    asked = split(task, language)
    values = [strategy(one.inputs) for one in asked.examples if isinstance(one.inputs, Question)]
    predictions = Predictions(ids=[one.id for one in asked.examples], values=values)
    metric = METRIC[BY_NAME[task].metrics[0]]
    rows = metric.statistics(asked, predictions).rows
    scores = metric.score(rows.sum(axis=0))
    return sum(map(float, scores.values())) / len(scores)


# ---- tags: what a word was in English ----------------------------------------------------------------------------


def remembered(task: str, language: str) -> float:
    """Accuracy (tags) or F1 (names) of giving every word the tag that it most often has in English training data."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    every: Counter[str] = Counter()
    for example in split(task, "en", "train").examples:
        for word, tag in _tagged(example):
            seen[word][tag] += 1
            every[tag] += 1
    usual = every.most_common(1)[0][0]
    tested = split(task, language)
    guesses = [
        tuple(seen[word].most_common(1)[0][0] if word in seen else usual for word, _ in _tagged(example))
        for example in tested.examples
    ]
    predictions = Predictions(ids=[one.id for one in tested.examples], values=guesses)
    metric = METRIC[BY_NAME[task].metrics[-1]]
    totals = metric.statistics(tested, predictions).rows.sum(axis=0)
    return float(next(iter(metric.score(totals).values())))


def _tagged(example: Example) -> list[tuple[str, str]]:
    assert isinstance(example.inputs, Words)
    assert isinstance(example.gold, tuple)
    return list(zip(example.inputs.words, map(str, example.gold), strict=True))


# ---- sentences: what looks alike ---------------------------------------------------------------------------------

Likeness = Callable[[str, str], float]


def ngrams(left: str, right: str) -> float:
    """Cosine of the counts of one to four letters in sequence."""
    one, two = _grams(left), _grams(right)
    shared = sum(count * two[gram] for gram, count in one.items())
    return shared / math.sqrt(sum(n * n for n in one.values()) * sum(n * n for n in two.values()))


def same_words(left: str, right: str) -> float:
    """Share of words that both have: names, numbers, what is spelt alike."""
    one, two = set(words(left)), set(words(right))
    return len(one & two) / len(one | two)


def same_length(left: str, right: str) -> float:
    """Nearness of the lengths in characters."""
    return -abs(len(left) - len(right))


def _grams(text: str) -> Counter[str]:
    text = f" {text.lower()} "
    return Counter(text[start : start + size] for size in range(1, 5) for start in range(len(text) - size + 1))


def found(task: str, likeness: Likeness, language: str) -> float:
    """Accuracy of the most alike sentence (retrieval), or F1 of pairs that are each other's most alike (mining)."""
    asked = split(task, language)
    texts = [one.inputs.text for one in asked.examples if isinstance(one.inputs, Text)]
    table = [[likeness(text, document.text) for document in asked.pool] for text in texts]
    best = [max(range(len(row)), key=row.__getitem__) for row in table]
    gold = [one.gold for one in asked.examples]
    ids = [document.id for document in asked.pool]
    if task == "mini-retrieval":
        return sum((ids[column],) == one for column, one in zip(best, gold, strict=True)) / len(gold)
    back = [max(range(len(table)), key=lambda row: table[row][column]) for column in range(len(ids))]
    pairs = [(row, column) for row, column in enumerate(best) if back[column] == row]
    right = sum(ids[column] in (gold[row] or ()) for row, column in pairs)
    return 2 * right / (len(pairs) + sum(bool(one) for one in gold))


STRATEGIES: dict[tuple[str, str], Callable[[str], float]] = {
    **{
        (task, name): lambda language, task=task, feature=feature: by_counting(task, feature, language)
        for task in ("mini-nli", "mini-paraphrase")
        for name, feature in (
            ("most frequent label", majority),
            ("second sentence only", second_only),
            ("overlap of words", overlap),
            ("lengths", length),
        )
    },
    **{
        (task, "tag that the word has in English"): lambda language, task=task: remembered(task, language)
        for task in ("mini-pos", "mini-ner")
    },
    **{
        (task, name): lambda language, task=task, strategy=strategy: answered(task, strategy, language)
        for task in ("mini-qa", "mini-qa-mixed", "mini-qa-own")
        for name, strategy in (
            ("first words", first_words),
            ("last words", last_words),
            ("longest word", longest_word),
            ("first capitalised word", capitalised),
            ("arbitrary place", middle),
        )
    },
    **{
        (task, name): lambda language, task=task, likeness=likeness: found(task, likeness, language)
        for task in ("mini-mining", "mini-retrieval")
        for name, likeness in (("letter sequences", ngrams), ("shared words", same_words), ("length", same_length))
    },
}
"""(task, strategy) → score in a language, a fraction."""


def table() -> str:
    """The datasheet's table: percent by task, strategy and language."""
    languages = BY_NAME["mini-nli"].languages
    lines = [f"| task | strategy | {' | '.join(languages)} |", f"|---|---|{'---:|' * len(languages)}"]
    for (task, name), score in STRATEGIES.items():
        cells = [f"{100 * score(one):.1f}" if one in BY_NAME[task].languages else "" for one in languages]
        lines.append(f"| {task} | {name} | {' | '.join(cells)} |")
    return "\n".join(lines)
