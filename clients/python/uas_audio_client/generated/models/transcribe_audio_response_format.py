from typing import Literal

TranscribeAudioResponseFormat = Literal["json", "srt", "text", "verbose_json", "vtt"]

TRANSCRIBE_AUDIO_RESPONSE_FORMAT_VALUES: set[TranscribeAudioResponseFormat] = {
    "json",
    "srt",
    "text",
    "verbose_json",
    "vtt",
}


def check_transcribe_audio_response_format(value: str) -> TranscribeAudioResponseFormat:
    if value in TRANSCRIBE_AUDIO_RESPONSE_FORMAT_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {TRANSCRIBE_AUDIO_RESPONSE_FORMAT_VALUES!r}"
    )
