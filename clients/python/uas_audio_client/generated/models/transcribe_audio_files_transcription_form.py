from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import (
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

from .. import types
from ..models.transcribe_audio_files_transcription_form_response_format import (
    TranscribeAudioFilesTranscriptionFormResponseFormat,
    check_transcribe_audio_files_transcription_form_response_format,
)
from ..models.transcribe_audio_files_transcription_form_timestamp_granularities_item import (
    TranscribeAudioFilesTranscriptionFormTimestampGranularitiesItem,
    check_transcribe_audio_files_transcription_form_timestamp_granularities_item,
)
from ..types import UNSET, File, FileTypes, Unset

T = TypeVar("T", bound="TranscribeAudioFilesTranscriptionForm")


@_attrs_define
class TranscribeAudioFilesTranscriptionForm:
    """File or url, and the parameters.

    Attributes:
        file (File | Unset): WAV, FLAC, MP3, OGG, WebM or M4A; told by its content, never by its name.
        url (str | Unset): https URL of the clip, instead of file; where the server fetches URLs.
        model (str | Unset): Name of the served model; any other is refused.
        max_tokens (int | Unset): Budget of output tokens per window.
        language (str | Unset): ISO 639 code; one of the model's languages. It is checked and steers nothing.
        response_format (TranscribeAudioFilesTranscriptionFormResponseFormat | Unset): Form of the answer.
        timestamp_granularities (list[TranscribeAudioFilesTranscriptionFormTimestampGranularitiesItem] | Unset): With
            verbose_json: segments (the default), words, or both.
        temperature (float | Unset): 0: transcripts are decoded greedily.
        chunking_strategy (Literal['auto'] | Unset): Long clips are always cut where nobody speaks.
        stream (bool | Unset): Answer with server-sent events; json and text only.
    """

    file: File | Unset = UNSET
    url: str | Unset = UNSET
    model: str | Unset = UNSET
    max_tokens: int | Unset = UNSET
    language: str | Unset = UNSET
    response_format: TranscribeAudioFilesTranscriptionFormResponseFormat | Unset = UNSET
    timestamp_granularities: (
        list[TranscribeAudioFilesTranscriptionFormTimestampGranularitiesItem] | Unset
    ) = UNSET
    temperature: float | Unset = UNSET
    chunking_strategy: Literal["auto"] | Unset = UNSET
    stream: bool | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        file: FileTypes | Unset = UNSET
        if not isinstance(self.file, Unset):
            file = self.file.to_tuple()

        url = self.url

        model = self.model

        max_tokens = self.max_tokens

        language = self.language

        response_format: str | Unset = UNSET
        if not isinstance(self.response_format, Unset):
            response_format = self.response_format

        timestamp_granularities: list[str] | Unset = UNSET
        if not isinstance(self.timestamp_granularities, Unset):
            timestamp_granularities = []
            for timestamp_granularities_item_data in self.timestamp_granularities:
                timestamp_granularities_item: str = timestamp_granularities_item_data
                timestamp_granularities.append(timestamp_granularities_item)

        temperature = self.temperature

        chunking_strategy = self.chunking_strategy

        stream = self.stream

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if file is not UNSET:
            field_dict["file"] = file
        if url is not UNSET:
            field_dict["url"] = url
        if model is not UNSET:
            field_dict["model"] = model
        if max_tokens is not UNSET:
            field_dict["max_tokens"] = max_tokens
        if language is not UNSET:
            field_dict["language"] = language
        if response_format is not UNSET:
            field_dict["response_format"] = response_format
        if timestamp_granularities is not UNSET:
            field_dict["timestamp_granularities[]"] = timestamp_granularities
        if temperature is not UNSET:
            field_dict["temperature"] = temperature
        if chunking_strategy is not UNSET:
            field_dict["chunking_strategy"] = chunking_strategy
        if stream is not UNSET:
            field_dict["stream"] = stream

        return field_dict

    def to_multipart(self) -> types.RequestFiles:
        files: types.RequestFiles = []

        if not isinstance(self.file, Unset):
            files.append(("file", self.file.to_tuple()))

        if not isinstance(self.url, Unset):
            files.append(("url", (None, str(self.url).encode(), "text/plain")))

        if not isinstance(self.model, Unset):
            files.append(("model", (None, str(self.model).encode(), "text/plain")))

        if not isinstance(self.max_tokens, Unset):
            files.append(
                ("max_tokens", (None, str(self.max_tokens).encode(), "text/plain"))
            )

        if not isinstance(self.language, Unset):
            files.append(
                ("language", (None, str(self.language).encode(), "text/plain"))
            )

        if not isinstance(self.response_format, Unset):
            files.append(
                (
                    "response_format",
                    (None, str(self.response_format).encode(), "text/plain"),
                )
            )

        if not isinstance(self.timestamp_granularities, Unset):
            for timestamp_granularities_item_element in self.timestamp_granularities:
                files.append(
                    (
                        "timestamp_granularities[]",
                        (
                            None,
                            str(timestamp_granularities_item_element).encode(),
                            "text/plain",
                        ),
                    )
                )

        if not isinstance(self.temperature, Unset):
            files.append(
                ("temperature", (None, str(self.temperature).encode(), "text/plain"))
            )

        if not isinstance(self.chunking_strategy, Unset):
            files.append(
                ("chunking_strategy", (None, self.chunking_strategy, "text/plain"))
            )

        if not isinstance(self.stream, Unset):
            files.append(("stream", (None, str(self.stream).encode(), "text/plain")))

        return files

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        _file = d.pop("file", UNSET)
        file: File | Unset
        if isinstance(_file, Unset):
            file = UNSET
        else:
            file = File(payload=BytesIO(_file))

        url = d.pop("url", UNSET)

        model = d.pop("model", UNSET)

        max_tokens = d.pop("max_tokens", UNSET)

        language = d.pop("language", UNSET)

        _response_format = d.pop("response_format", UNSET)
        response_format: TranscribeAudioFilesTranscriptionFormResponseFormat | Unset
        if isinstance(_response_format, Unset):
            response_format = UNSET
        else:
            response_format = (
                check_transcribe_audio_files_transcription_form_response_format(
                    _response_format
                )
            )

        _timestamp_granularities = d.pop("timestamp_granularities[]", UNSET)
        timestamp_granularities: (
            list[TranscribeAudioFilesTranscriptionFormTimestampGranularitiesItem]
            | Unset
        ) = UNSET
        if _timestamp_granularities is not UNSET:
            timestamp_granularities = []
            for timestamp_granularities_item_data in _timestamp_granularities:
                timestamp_granularities_item = check_transcribe_audio_files_transcription_form_timestamp_granularities_item(
                    timestamp_granularities_item_data
                )

                timestamp_granularities.append(timestamp_granularities_item)

        temperature = d.pop("temperature", UNSET)

        chunking_strategy = cast(
            Literal["auto"] | Unset, d.pop("chunking_strategy", UNSET)
        )
        if chunking_strategy != "auto" and not isinstance(chunking_strategy, Unset):
            raise ValueError(
                f"chunking_strategy must match const 'auto', got '{chunking_strategy}'"
            )

        stream = d.pop("stream", UNSET)

        transcribe_audio_files_transcription_form = cls(
            file=file,
            url=url,
            model=model,
            max_tokens=max_tokens,
            language=language,
            response_format=response_format,
            timestamp_granularities=timestamp_granularities,
            temperature=temperature,
            chunking_strategy=chunking_strategy,
            stream=stream,
        )

        return transcribe_audio_files_transcription_form
