"""What an answer took, in the three shapes that OpenAI's answers have."""

from typing import Literal

from uas_model.audio_tokens import audio_token_count
from uas_schema.strict import Strict
from uas_server.service.envelope import Count, Seconds, Usage
from uas_signal import SAMPLE_RATE_HZ


class InputTokens(Strict):
    """Tokens of the prompt by kind."""

    audio_tokens: Count
    text_tokens: Count


class TokenUsage(Strict):
    """Tokens of a transcription."""

    type: Literal["tokens"] = "tokens"
    input_tokens: Count
    output_tokens: Count
    total_tokens: Count
    input_token_details: InputTokens


class DurationUsage(Strict):
    """Seconds of audio of a transcription."""

    type: Literal["duration"] = "duration"
    seconds: Seconds


class PromptTokens(Strict):
    """Part of the prompt that is audio."""

    audio_tokens: Count


class CompletionUsage(Strict):
    """Tokens of a chat completion."""

    prompt_tokens: Count
    completion_tokens: Count
    total_tokens: Count
    prompt_tokens_details: PromptTokens


def token_usage(usage: Usage) -> TokenUsage:
    """Tokens of a transcription."""
    prompt, output, audio = _tokens(usage)
    return TokenUsage(
        input_tokens=prompt,
        output_tokens=output,
        total_tokens=prompt + output,
        input_token_details=InputTokens(audio_tokens=audio, text_tokens=prompt - audio),
    )


def completion_usage(usage: Usage) -> CompletionUsage:
    """Tokens of a chat completion."""
    prompt, output, audio = _tokens(usage)
    return CompletionUsage(
        prompt_tokens=prompt,
        completion_tokens=output,
        total_tokens=prompt + output,
        prompt_tokens_details=PromptTokens(audio_tokens=audio),
    )


def _tokens(usage: Usage) -> tuple[int, int, int]:
    """Prompt, output, and how many of the prompt are audio.

    What is put into the model's mouth is part of the answer, so it counts as output.
    """
    output = usage.prefill_tokens + usage.sampled_tokens + usage.forced_tokens
    audio = audio_token_count(round(usage.audio_s * SAMPLE_RATE_HZ))
    return usage.prompt_tokens, output, min(audio, usage.prompt_tokens)
