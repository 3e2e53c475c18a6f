"""Contains all the data models used in inputs/outputs"""

from .ack_event import AckEvent
from .acknowledged import Acknowledged
from .ask_audio_files_ask_form import AskAudioFilesAskForm
from .ask_envelope import AskEnvelope
from .ask_envelope_confidence_type_0 import AskEnvelopeConfidenceType0
from .assistant_message import AssistantMessage
from .audio_url import AudioUrl
from .audio_url_part import AudioUrlPart
from .chat_choice import ChatChoice
from .chat_choice_finish_reason import ChatChoiceFinishReason
from .chat_chunk import ChatChunk
from .chat_chunk_choice import ChatChunkChoice
from .chat_chunk_choice_finish_reason_type_0 import ChatChunkChoiceFinishReasonType0
from .chat_completion import ChatCompletion
from .chat_delta import ChatDelta
from .chat_message import ChatMessage
from .chat_message_role import ChatMessageRole
from .chat_request import ChatRequest
from .chat_request_metadata_type_0 import ChatRequestMetadataType0
from .chat_request_service_tier_type_0 import ChatRequestServiceTierType0
from .completion_usage import CompletionUsage
from .confidence import Confidence
from .confidence_age_type_0 import ConfidenceAgeType0
from .confidence_emotion_type_0 import ConfidenceEmotionType0
from .confidence_gender_type_0 import ConfidenceGenderType0
from .delta_event import DeltaEvent
from .delta_payload import DeltaPayload
from .describe_audio_files_uas_form import DescribeAudioFilesUasForm
from .done import Done
from .done_event import DoneEvent
from .duration_usage import DurationUsage
from .end import End
from .error_body import ErrorBody
from .error_detail import ErrorDetail
from .error_detail_type import ErrorDetailType
from .error_event import ErrorEvent
from .event import Event
from .field_event import FieldEvent
from .field_payload import FieldPayload
from .final_event import FinalEvent
from .get_job_result_format import GetJobResultFormat
from .get_schema_response_get_schema import GetSchemaResponseGetSchema
from .going_away import GoingAway
from .going_away_event import GoingAwayEvent
from .input_audio import InputAudio
from .input_audio_part import InputAudioPart
from .input_tokens import InputTokens
from .job_info import JobInfo
from .job_info_status import JobInfoStatus
from .job_list import JobList
from .json_schema import JsonSchema
from .json_schema_format import JsonSchemaFormat
from .json_schema_schema_type_0 import JsonSchemaSchemaType0
from .lagging import Lagging
from .lagging_event import LaggingEvent
from .limits import Limits
from .liveness import Liveness
from .model_card import ModelCard
from .model_card_audio import ModelCardAudio
from .model_card_draft import ModelCardDraft
from .model_list import ModelList
from .non_linguistic_events import NonLinguisticEvents
from .paralinguistics import Paralinguistics
from .paralinguistics_age_type_0 import ParalinguisticsAgeType0
from .paralinguistics_emotion_type_0 import ParalinguisticsEmotionType0
from .paralinguistics_gender_type_0 import ParalinguisticsGenderType0
from .prompt_tokens import PromptTokens
from .readiness import Readiness
from .ready import Ready
from .ready_event import ReadyEvent
from .resume import Resume
from .segment import Segment
from .segment_event import SegmentEvent
from .segment_info import SegmentInfo
from .segment_info_kind import SegmentInfoKind
from .start import Start
from .start_encoding import StartEncoding
from .stream_options import StreamOptions
from .submit_job_files_job_form import SubmitJobFilesJobForm
from .text_format import TextFormat
from .text_part import TextPart
from .timed_event import TimedEvent
from .timings import Timings
from .token_usage import TokenUsage
from .transcribe_audio_files_transcription_form import (
    TranscribeAudioFilesTranscriptionForm,
)
from .transcribe_audio_files_transcription_form_response_format import (
    TranscribeAudioFilesTranscriptionFormResponseFormat,
)
from .transcribe_audio_files_transcription_form_timestamp_granularities_item import (
    TranscribeAudioFilesTranscriptionFormTimestampGranularitiesItem,
)
from .transcribe_audio_response_format import TranscribeAudioResponseFormat
from .transcribe_audio_timestamp_granularities_item import (
    TranscribeAudioTimestampGranularitiesItem,
)
from .transcript_delta import TranscriptDelta
from .transcript_done import TranscriptDone
from .transcript_segment import TranscriptSegment
from .transcript_word import TranscriptWord
from .transcription import Transcription
from .uas_document import UasDocument
from .uas_envelope import UasEnvelope
from .usage import Usage
from .verbose_transcription import VerboseTranscription
from .word import Word

__all__ = (
    "AckEvent",
    "Acknowledged",
    "AskAudioFilesAskForm",
    "AskEnvelope",
    "AskEnvelopeConfidenceType0",
    "AssistantMessage",
    "AudioUrl",
    "AudioUrlPart",
    "ChatChoice",
    "ChatChoiceFinishReason",
    "ChatChunk",
    "ChatChunkChoice",
    "ChatChunkChoiceFinishReasonType0",
    "ChatCompletion",
    "ChatDelta",
    "ChatMessage",
    "ChatMessageRole",
    "ChatRequest",
    "ChatRequestMetadataType0",
    "ChatRequestServiceTierType0",
    "CompletionUsage",
    "Confidence",
    "ConfidenceAgeType0",
    "ConfidenceEmotionType0",
    "ConfidenceGenderType0",
    "DeltaEvent",
    "DeltaPayload",
    "DescribeAudioFilesUasForm",
    "Done",
    "DoneEvent",
    "DurationUsage",
    "End",
    "ErrorBody",
    "ErrorDetail",
    "ErrorDetailType",
    "ErrorEvent",
    "Event",
    "FieldEvent",
    "FieldPayload",
    "FinalEvent",
    "GetJobResultFormat",
    "GetSchemaResponseGetSchema",
    "GoingAway",
    "GoingAwayEvent",
    "InputAudio",
    "InputAudioPart",
    "InputTokens",
    "JobInfo",
    "JobInfoStatus",
    "JobList",
    "JsonSchema",
    "JsonSchemaFormat",
    "JsonSchemaSchemaType0",
    "Lagging",
    "LaggingEvent",
    "Limits",
    "Liveness",
    "ModelCard",
    "ModelCardAudio",
    "ModelCardDraft",
    "ModelList",
    "NonLinguisticEvents",
    "Paralinguistics",
    "ParalinguisticsAgeType0",
    "ParalinguisticsEmotionType0",
    "ParalinguisticsGenderType0",
    "PromptTokens",
    "Readiness",
    "Ready",
    "ReadyEvent",
    "Resume",
    "Segment",
    "SegmentEvent",
    "SegmentInfo",
    "SegmentInfoKind",
    "Start",
    "StartEncoding",
    "StreamOptions",
    "SubmitJobFilesJobForm",
    "TextFormat",
    "TextPart",
    "TimedEvent",
    "Timings",
    "TokenUsage",
    "TranscribeAudioFilesTranscriptionForm",
    "TranscribeAudioFilesTranscriptionFormResponseFormat",
    "TranscribeAudioFilesTranscriptionFormTimestampGranularitiesItem",
    "TranscribeAudioResponseFormat",
    "TranscribeAudioTimestampGranularitiesItem",
    "TranscriptDelta",
    "TranscriptDone",
    "Transcription",
    "TranscriptSegment",
    "TranscriptWord",
    "UasDocument",
    "UasEnvelope",
    "Usage",
    "VerboseTranscription",
    "Word",
)
