"""The model that is served: its engine and everything that turns requests into token ids."""

from dataclasses import dataclass

from uas_model.audio_tokens import COUNTS
from uas_model.checkpoint import CheckpointInfo
from uas_model.draft import Drafter
from uas_model.tokens import TextTokens
from uas_schema.prompts import PromptFamily, load_prompts
from uas_server.engine.protocol import Engine


@dataclass(frozen=True)
class ServedModel:
    """One checkpoint, opened.

    Attributes:
        info: what the checkpoint says about itself.
        tokens: its vocabulary.
        engine: runs it.
        drafter: drafts transcripts, when the checkpoint wants them.
    """

    info: CheckpointInfo
    tokens: TextTokens
    engine: Engine
    drafter: Drafter

    @property
    def prompts(self) -> PromptFamily:
        """The prompts that the checkpoint was trained with."""
        return load_prompts(self.info.prompt_family)

    def audio_token_count(self, n_samples: int) -> int:
        """Positions that a clip of `n_samples` at 16 kHz takes in its prompts."""
        return COUNTS[self.prompts.clip.count](n_samples)
