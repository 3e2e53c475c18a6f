"""Make a byte-level BPE tokenizer from the vocabulary of a GGUF file.

GGUF names the rule that cuts text into words instead of holding it, and transformers' own GGUF
reader falls back to GPT-2's rule, which keeps digits together. SmolLM2 was trained on single
digits, so the rule is made here from its name.
"""

from dataclasses import dataclass

from tokenizers import AddedToken, Tokenizer
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence

from uas_model.errors import BadCheckpoint

AUDIO_TOKEN = "<sound>"  # noqa: S105 - a vocabulary entry


@dataclass(frozen=True)
class Vocabulary:
    """A byte-level BPE vocabulary.

    Attributes:
        tokens: texts in id order.
        merges: pairs in rank order.
        control_ids: ids of the control tokens.
        pre_tokenizer: llama.cpp's name of the rule that cuts text into words.
    """

    tokens: tuple[str, ...]
    merges: tuple[tuple[str, str], ...]
    control_ids: tuple[int, ...]
    pre_tokenizer: str


def build_tokenizer(vocabulary: Vocabulary) -> Tokenizer:
    """Tokenizer of the vocabulary, ready for audio (see `add_audio_token`).

    Raises:
        BadCheckpoint: the vocabulary cuts text by a rule that is not known here.
    """
    if vocabulary.pre_tokenizer != "smollm":
        raise BadCheckpoint(
            f"pre-tokenizer {vocabulary.pre_tokenizer!r} is not supported; only 'smollm' is"
        )
    ids = {token: index for index, token in enumerate(vocabulary.tokens)}
    tokenizer = Tokenizer(BPE(vocab=ids, merges=list(vocabulary.merges)))
    tokenizer.pre_tokenizer = Sequence(
        [Digits(individual_digits=True), ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = ByteLevelDecoder()
    control = [vocabulary.tokens[index] for index in vocabulary.control_ids]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in control])
    add_audio_token(tokenizer)
    return tokenizer


def add_audio_token(tokenizer: Tokenizer) -> None:
    """Give the tokenizer the control token `<sound>`; a new one gets the next free id."""
    tokenizer.add_special_tokens([AddedToken(AUDIO_TOKEN, normalized=False)])
