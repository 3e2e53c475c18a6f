from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.confidence import Confidence
    from ..models.segment import Segment
    from ..models.timed_event import TimedEvent
    from ..models.timings import Timings
    from ..models.uas_document import UasDocument
    from ..models.usage import Usage
    from ..models.word import Word


T = TypeVar("T", bound="UasEnvelope")


@_attrs_define
class UasEnvelope:
    """Answer of POST /v1/uas.

    `incomplete` lists the paths that the token budget cut or did not reach; `truncated` says that
    there are any. `segments` holds the windows of a long clip, else one for the whole clip. `words`
    are those of all segments, null where those of any segment are. `events` are the sounds whose
    times are known, null where none is.

        Attributes:
            id (str):
            model (str):
            uas (UasDocument): A Unified Audio Schema document.

                Strings lose their control characters on the way in, so equal documents have equal text.
                Attributes are snake_case; JSON keys are camelCase.
            confidence (Confidence): How sure the model is; null where the engine cannot say.

                `voice` is the probability that somebody speaks; per closed field, that of each canonical value.
            truncated (bool):
            incomplete (list[str]):
            segments (list[Segment]):
            usage (Usage): What the answer took: seconds of audio, and tokens by what they cost.
            timings (Timings): Seconds by stage; null where a stage did not take place or is not known.
            words (list[Word] | None | Unset):
            events (list[TimedEvent] | None | Unset):
    """

    id: str
    model: str
    uas: UasDocument
    confidence: Confidence
    truncated: bool
    incomplete: list[str]
    segments: list[Segment]
    usage: Usage
    timings: Timings
    words: list[Word] | None | Unset = UNSET
    events: list[TimedEvent] | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        model = self.model

        uas = self.uas.to_dict()

        confidence = self.confidence.to_dict()

        truncated = self.truncated

        incomplete = self.incomplete

        segments = []
        for segments_item_data in self.segments:
            segments_item = segments_item_data.to_dict()
            segments.append(segments_item)

        usage = self.usage.to_dict()

        timings = self.timings.to_dict()

        words: list[dict[str, Any]] | None | Unset
        if isinstance(self.words, Unset):
            words = UNSET
        elif isinstance(self.words, list):
            words = []
            for words_type_0_item_data in self.words:
                words_type_0_item = words_type_0_item_data.to_dict()
                words.append(words_type_0_item)

        else:
            words = self.words

        events: list[dict[str, Any]] | None | Unset
        if isinstance(self.events, Unset):
            events = UNSET
        elif isinstance(self.events, list):
            events = []
            for events_type_0_item_data in self.events:
                events_type_0_item = events_type_0_item_data.to_dict()
                events.append(events_type_0_item)

        else:
            events = self.events

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "model": model,
                "uas": uas,
                "confidence": confidence,
                "truncated": truncated,
                "incomplete": incomplete,
                "segments": segments,
                "usage": usage,
                "timings": timings,
            }
        )
        if words is not UNSET:
            field_dict["words"] = words
        if events is not UNSET:
            field_dict["events"] = events

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.confidence import Confidence  # noqa: PLC0415
        from ..models.segment import Segment  # noqa: PLC0415
        from ..models.timed_event import TimedEvent  # noqa: PLC0415
        from ..models.timings import Timings  # noqa: PLC0415
        from ..models.uas_document import UasDocument  # noqa: PLC0415
        from ..models.usage import Usage  # noqa: PLC0415
        from ..models.word import Word  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        model = d.pop("model")

        uas = UasDocument.from_dict(d.pop("uas"))

        confidence = Confidence.from_dict(d.pop("confidence"))

        truncated = d.pop("truncated")

        incomplete = cast(list[str], d.pop("incomplete"))

        segments = []
        _segments = d.pop("segments")
        for segments_item_data in _segments:
            segments_item = Segment.from_dict(segments_item_data)

            segments.append(segments_item)

        usage = Usage.from_dict(d.pop("usage"))

        timings = Timings.from_dict(d.pop("timings"))

        def _parse_words(data: object) -> list[Word] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                words_type_0 = []
                _words_type_0 = data
                for words_type_0_item_data in _words_type_0:
                    words_type_0_item = Word.from_dict(words_type_0_item_data)

                    words_type_0.append(words_type_0_item)

                return words_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Word] | None | Unset, data)

        words = _parse_words(d.pop("words", UNSET))

        def _parse_events(data: object) -> list[TimedEvent] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                events_type_0 = []
                _events_type_0 = data
                for events_type_0_item_data in _events_type_0:
                    events_type_0_item = TimedEvent.from_dict(events_type_0_item_data)

                    events_type_0.append(events_type_0_item)

                return events_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[TimedEvent] | None | Unset, data)

        events = _parse_events(d.pop("events", UNSET))

        uas_envelope = cls(
            id=id,
            model=model,
            uas=uas,
            confidence=confidence,
            truncated=truncated,
            incomplete=incomplete,
            segments=segments,
            usage=usage,
            timings=timings,
            words=words,
            events=events,
        )

        return uas_envelope
