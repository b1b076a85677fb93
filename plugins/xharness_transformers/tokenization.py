"""Loading a part's tokenizer, and refusing one that does not fit its network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xharness import CheckpointError

from xharness_transformers.networks import quiet, shortened

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast
    from xharness import Settings

    from xharness_transformers.forms import Part

_NO_LENGTH = 10**9  # the tokenizer's own limit, switched off: predictors cut, and count what they cut


def load_tokenizer(part: Part, config: Any, settings: Settings) -> PreTrainedTokenizerFast:
    """Returns the fast tokenizer, without limits of its own.

    Raises CheckpointError if it cannot be read, is slow only, cannot pad, or has entries that the network lacks.
    """
    from transformers import AutoTokenizer

    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(
                str(part.tokenizer),
                config=config,
                trust_remote_code=settings.trust_remote_code,
                local_files_only=True,
            )
    except Exception as err:
        raise CheckpointError(
            f"{part.place}: the tokenizer in {part.tokenizer} cannot be loaded ({shortened(err)}). Save it again with "
            f"tokenizer.save_pretrained(folder)."
        ) from err
    _check_tokenizer(tokenizer, part, config)
    tokenizer.backend_tokenizer.no_truncation()  # tokenizer.json may carry the limits of its training
    tokenizer.backend_tokenizer.no_padding()
    if part.sentences is not None and part.sentences.lower_case:
        _lower_case(tokenizer)
    tokenizer.model_max_length = _NO_LENGTH
    return tokenizer


def _check_tokenizer(tokenizer: Any, part: Part, config: Any) -> None:
    if not tokenizer.is_fast:
        raise CheckpointError(
            f"{part.place}: its tokenizer {type(tokenizer).__name__} exists in Python only; character offsets need a fast "
            f"one. Save a fast tokenizer (tokenizer.json) in {part.tokenizer}."
        )
    entries, rows = 1 + max(tokenizer.get_vocab().values()), config.vocab_size
    if entries > rows:
        raise CheckpointError(
            f"{part.place}: the tokenizer in {part.tokenizer} does not fit the network: it gives ids up to {entries - 1:,}, "
            f"the network has embeddings for {rows:,} (ids up to {rows - 1:,}). Put the tokenizer of this very checkpoint "
            f"into the folder."
        )
    if tokenizer.pad_token_id is None:
        raise CheckpointError(
            f"{part.place}: the tokenizer in {part.tokenizer} has no padding token, which batches need. Set pad_token in "
            f"tokenizer_config.json to the one the checkpoint was trained with."
        )


def _lower_case(tokenizer: Any) -> None:
    from tokenizers import normalizers

    backend = tokenizer.backend_tokenizer
    first = normalizers.Lowercase()
    backend.normalizer = normalizers.Sequence([first, backend.normalizer]) if backend.normalizer else first
