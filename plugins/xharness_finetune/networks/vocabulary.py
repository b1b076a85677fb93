"""A WordPiece tokenizer trained on texts: the same texts give the same file, in every process."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from xharness import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from transformers import BertTokenizer

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_CONTINUED = "##"
_STYLE: dict[str, Any] = {"do_lower_case": False, "tokenize_chinese_chars": True, "strip_accents": False}


def train_tokenizer(texts: Sequence[str], vocabulary: int) -> BertTokenizer:
    """Returns a cased BERT tokenizer of at most `vocabulary` entries; every character of the texts is one of them.

    Raises DataError where the characters alone fill more than half of the vocabulary.
    """
    from transformers import BertTokenizer

    words = _words(texts)
    alphabet = _alphabet(words)
    if 2 * len(alphabet) > vocabulary:
        raise DataError(
            f"The texts have {len(alphabet):,} different characters at the start of a word or within one, which leaves less "
            f"than half of the vocabulary of {vocabulary:,} for longer pieces. Raise scratch.vocabulary to at least "
            f"{2 * len(alphabet):,}, or use texts in fewer scripts."
        )
    pieces = _pieces(words, alphabet, vocabulary)
    return BertTokenizer(vocab={piece: number for number, piece in enumerate(pieces)}, **_STYLE)


def _words(texts: Iterable[str]) -> Counter[str]:
    """Returns how often each word occurs, split as BERT does: at spaces, punctuation and Chinese characters."""
    from transformers import BertTokenizer

    backend = BertTokenizer(vocab={piece: number for number, piece in enumerate(SPECIAL)}, **_STYLE).backend_tokenizer
    counts: Counter[str] = Counter()
    for text in texts:
        normal = backend.normalizer.normalize_str(text)
        counts.update(word for word, _ in backend.pre_tokenizer.pre_tokenize_str(normal))
    return counts


def _alphabet(words: Iterable[str]) -> list[str]:
    """Returns the pieces of one character, "a" and "##a", sorted."""
    found = {word[0] for word in words}
    found |= {_CONTINUED + character for word in words for character in word[1:]}
    return sorted(found)


def _pieces(words: Counter[str], alphabet: Sequence[str], vocabulary: int) -> list[str]:
    """Returns special tokens, alphabet and merged pieces in order.

    The trainer numbers pieces as it meets them, in the random order of its tables, and breaks ties by these numbers. So the
    alphabet is given to it, numbered.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))  # noqa: S106  # a token of a vocabulary
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocabulary,
        special_tokens=[*SPECIAL, *alphabet],
        continuing_subword_prefix=_CONTINUED,
        min_frequency=2,
        limit_alphabet=len(alphabet),
        show_progress=False,
    )
    tokenizer.train_from_iterator((" ".join([word] * count) for word, count in sorted(words.items())), trainer)
    found = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    return [piece for piece, _ in found]
