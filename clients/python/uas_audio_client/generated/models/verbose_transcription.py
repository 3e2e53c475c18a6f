from __future__ import annotations

from collections.abc import Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.duration_usage import DurationUsage
    from ..models.transcript_segment import TranscriptSegment
    from ..models.transcript_word import TranscriptWord


T = TypeVar("T", bound="VerboseTranscription")


@_attrs_define
class VerboseTranscription:
    """Answer with response_format=verbose_json.

    `segments` and `words` are null when they were not asked for, `words` also where their times are
    not known; `language` is null where the model has several.

        Attributes:
            language (None | str):
            duration (float):
            text (str):
            segments (list[TranscriptSegment] | None):
            words (list[TranscriptWord] | None):
            usage (DurationUsage): Seconds of audio of a transcription.
            task (Literal['transcribe'] | Unset):  Default: 'transcribe'.
    """

    language: None | str
    duration: float
    text: str
    segments: list[TranscriptSegment] | None
    words: list[TranscriptWord] | None
    usage: DurationUsage
    task: Literal["transcribe"] | Unset = "transcribe"

    def to_dict(self) -> dict[str, Any]:
        language: None | str
        language = self.language

        duration = self.duration

        text = self.text

        segments: list[dict[str, Any]] | None
        if isinstance(self.segments, list):
            segments = []
            for segments_type_0_item_data in self.segments:
                segments_type_0_item = segments_type_0_item_data.to_dict()
                segments.append(segments_type_0_item)

        else:
            segments = self.segments

        words: list[dict[str, Any]] | None
        if isinstance(self.words, list):
            words = []
            for words_type_0_item_data in self.words:
                words_type_0_item = words_type_0_item_data.to_dict()
                words.append(words_type_0_item)

        else:
            words = self.words

        usage = self.usage.to_dict()

        task = self.task

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "language": language,
                "duration": duration,
                "text": text,
                "segments": segments,
                "words": words,
                "usage": usage,
            }
        )
        if task is not UNSET:
            field_dict["task"] = task

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.duration_usage import DurationUsage  # noqa: PLC0415
        from ..models.transcript_segment import TranscriptSegment  # noqa: PLC0415
        from ..models.transcript_word import TranscriptWord  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_language(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        language = _parse_language(d.pop("language"))

        duration = d.pop("duration")

        text = d.pop("text")

        def _parse_segments(data: object) -> list[TranscriptSegment] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                segments_type_0 = []
                _segments_type_0 = data
                for segments_type_0_item_data in _segments_type_0:
                    segments_type_0_item = TranscriptSegment.from_dict(
                        segments_type_0_item_data
                    )

                    segments_type_0.append(segments_type_0_item)

                return segments_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[TranscriptSegment] | None, data)

        segments = _parse_segments(d.pop("segments"))

        def _parse_words(data: object) -> list[TranscriptWord] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                words_type_0 = []
                _words_type_0 = data
                for words_type_0_item_data in _words_type_0:
                    words_type_0_item = TranscriptWord.from_dict(words_type_0_item_data)

                    words_type_0.append(words_type_0_item)

                return words_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[TranscriptWord] | None, data)

        words = _parse_words(d.pop("words"))

        usage = DurationUsage.from_dict(d.pop("usage"))

        task = cast(Literal["transcribe"] | Unset, d.pop("task", UNSET))
        if task != "transcribe" and not isinstance(task, Unset):
            raise ValueError(f"task must match const 'transcribe', got '{task}'")

        verbose_transcription = cls(
            language=language,
            duration=duration,
            text=text,
            segments=segments,
            words=words,
            usage=usage,
            task=task,
        )

        return verbose_transcription
