from typing import Literal

TranscribeAudioFilesTranscriptionFormResponseFormat = Literal[
    "json", "srt", "text", "verbose_json", "vtt"
]

TRANSCRIBE_AUDIO_FILES_TRANSCRIPTION_FORM_RESPONSE_FORMAT_VALUES: set[
    TranscribeAudioFilesTranscriptionFormResponseFormat
] = {
    "json",
    "srt",
    "text",
    "verbose_json",
    "vtt",
}


def check_transcribe_audio_files_transcription_form_response_format(
    value: str,
) -> TranscribeAudioFilesTranscriptionFormResponseFormat:
    if value in TRANSCRIBE_AUDIO_FILES_TRANSCRIPTION_FORM_RESPONSE_FORMAT_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {TRANSCRIBE_AUDIO_FILES_TRANSCRIPTION_FORM_RESPONSE_FORMAT_VALUES!r}"
    )
