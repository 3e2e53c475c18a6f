"""TRL's ``GRPOTrainer`` with audio: the features of a clip reach generation and log-probabilities.

TRL 1.16 carries images and nothing else. Four of its methods are overridden: three add the audio
and hand on, one computes log-probabilities so that replies share their prompt.
``tests/training/test_grpo.py`` pins their names and signatures. Loss, advantages, sampling and
figures are TRL's. Knows nothing of documents: a prompt is a key that ``hear`` turns
into token ids and a clip.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from torch import Tensor
from transformers import GenerationConfig, PreTrainedTokenizerBase
from trl import GRPOConfig, GRPOTrainer

from uas_training.config import GrpoConfig
from uas_training.encoder import pad_mels
from uas_training.shared_prompts import prompts_once, reply_log_probs

RewardFunction = Callable[..., list[float | None]]


@dataclass(frozen=True)
class Heard:
    """A prompt with its clip: token ids, and the log-mel ``[80, F + 4] float32`` they stand on.

    Without a log-mel the ids are all there is: a clip is audio tokens among them.
    """

    ids: list[int]
    mel: np.ndarray | None


class AudioGRPOTrainer(GRPOTrainer):  # type: ignore[misc]  # TRL is untyped
    """``GRPOTrainer`` for ``AudioFlamingo3ForConditionalGeneration`` with ``ClipsOnce``.

    Args:
        hear: the prompt of a key.
        options: what ``GRPOTrainer`` takes.
    """

    generation_config: GenerationConfig

    def __init__(self, hear: Callable[[str], Heard], **options: Any) -> None:
        super().__init__(**options)
        self._hear = hear
        self._audio: dict[str, Tensor] = {}
        # `Trainer.train` sets it; a loop of another's never calls that.
        self.current_gradient_accumulation_steps = 1

    def draw(self, keys: Sequence[str]) -> dict[str, Any]:
        """Reply ``num_generations`` times to each key; the replies as TRL's loss takes them."""
        inputs = [{"prompt": key} for key in keys for _ in range(self.num_generations)]
        return self._generate_and_score_completions(inputs)

    def loss_of(self, drawn: dict[str, Any]) -> Tensor:
        """TRL's loss of what ``draw`` returned."""
        return self._compute_loss(self.model, drawn)

    def figures(self) -> dict[str, float]:
        """Means of what TRL counted since the last call, by its names."""
        counted = self._metrics["train"]
        means = {name: float(np.mean(values)) for name, values in counted.items() if values}
        counted.clear()
        return means

    @torch.no_grad()
    def likeliest(self, keys: Sequence[str]) -> list[list[int]]:
        """Ids of the likeliest reply to each key, one after the other; nothing is drawn."""
        ids, _, audio = self._tokenize_prompts(list(keys))
        drawing = self.generation_config
        self.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]  # transformers is untyped here
            do_sample=False,
            max_new_tokens=drawing.max_new_tokens,
            pad_token_id=drawing.pad_token_id,
            eos_token_id=drawing.eos_token_id,
            suppress_tokens=drawing.suppress_tokens,
        )
        try:
            replies: list[list[int]]
            replies, _ = self._generate_single_turn(ids, None, audio, 1)
        finally:
            self.generation_config = drawing
        return replies

    def _tokenize_prompts(self, prompts: list[str]) -> tuple[list[list[int]], None, dict[str, Any]]:
        heard = [self._hear(prompt) for prompt in prompts]
        mels = [one.mel for one in heard if one.mel is not None]
        features = audio_features(mels) if mels else {}
        device = self.accelerator.device
        self._audio = {name: tensor.to(device) for name, tensor in features.items()}
        return [one.ids for one in heard], None, self._audio

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        with prompts_once(self.model.model.language_model):
            return {**super()._generate_and_score_completions(inputs), **self._audio}

    def _compute_loss(self, model: Any, inputs: dict[str, Any]) -> Tensor:
        self._audio = {name: inputs[name] for name in self._audio}
        loss: Tensor = super()._compute_loss(model, inputs)
        return loss

    def _get_per_token_logps_and_entropies(
        self,
        model: Any,
        input_ids: Tensor,
        attention_mask: Tensor,
        logits_to_keep: int,
        batch_size: int | None = None,
        **options: Any,
    ) -> tuple[Tensor, Tensor, None]:
        """All rows at once: they share prompts. What TRL asks for images is not there."""
        del batch_size, options
        log_probs, entropies = reply_log_probs(
            model,
            self._audio,
            input_ids,
            attention_mask,
            logits_to_keep,
            audio_id=model.config.audio_token_id,
            temperature=self.temperature,
        )
        return log_probs, entropies, None


def audio_features(mels: Sequence[np.ndarray]) -> dict[str, Tensor]:
    """What AudioFlamingo3 takes of clips, if ``ClipsOnce`` stands for its encoder.

    ``input_features`` ``[B, 80, F] float32`` and ``input_features_mask`` ``[B, F] int64``, which is
    1 where a clip is; F is that of the longest clip, with its right context.
    """
    features, frames = pad_mels(mels)
    mask = torch.arange(features.shape[-1])[None] < frames[:, None]
    return {"input_features": features, "input_features_mask": mask.long()}


def make_trainer(
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    hear: Callable[[str], Heard],
    *,
    rewards: Sequence[tuple[RewardFunction, float]],
    keys: Sequence[str],
    unwritten: Sequence[int],
    config: GrpoConfig,
) -> AudioGRPOTrainer:
    """The trainer of a configuration, with rewards and their weights.

    ``unwritten`` are token ids that no reply has.

    Every call draws its replies anew and takes one step on them, so TRL's own buffering, logging
    and saving are off.
    """
    options = GRPOConfig(
        output_dir=str(config.output),
        seed=config.seed,
        num_generations=config.replies,
        per_device_train_batch_size=config.replies,
        steps_per_generation=1,
        max_completion_length=config.reply_tokens,
        temperature=config.temperature,
        epsilon=config.clip_low,
        epsilon_high=config.clip_high,
        loss_type=config.loss,
        reward_weights=[weight for _, weight in rewards],
        generation_kwargs={"suppress_tokens": list(unwritten)},
        bf16=False,  # the loop computes in bfloat16 by itself
        gradient_checkpointing=config.run.gradient_checkpointing,  # TRL turns it off to write
        gradient_checkpointing_kwargs={"use_reentrant": False},
        use_cpu=model.device.type == "cpu",
        remove_unused_columns=False,
        save_strategy="no",
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
    return AudioGRPOTrainer(
        hear,
        model=model,
        reward_funcs=[function for function, _ in rewards],
        args=options,
        train_dataset=Dataset.from_dict({"prompt": list(keys)}),
        processing_class=tokenizer,
    )
