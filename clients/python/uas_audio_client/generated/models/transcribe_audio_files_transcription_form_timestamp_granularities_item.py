from typing import Literal

TranscribeAudioFilesTranscriptionFormTimestampGranularitiesItem = Literal[
    "segment", "word"
]

TRANSCRIBE_AUDIO_FILES_TRANSCRIPTION_FORM_TIMESTAMP_GRANULARITIES_ITEM_VALUES: set[
    TranscribeAudioFilesTranscriptionFormTimestampGranularitiesItem
] = {
    "segment",
    "word",
}


def check_transcribe_audio_files_transcription_form_timestamp_granularities_item(
    value: str,
) -> TranscribeAudioFilesTranscriptionFormTimestampGranularitiesItem:
    if (
        value
        in TRANSCRIBE_AUDIO_FILES_TRANSCRIPTION_FORM_TIMESTAMP_GRANULARITIES_ITEM_VALUES
    ):
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {TRANSCRIBE_AUDIO_FILES_TRANSCRIPTION_FORM_TIMESTAMP_GRANULARITIES_ITEM_VALUES!r}"
    )
