"""What can be wrong with audio that somebody sent.

The tree; ``code`` is stable and meant for programs, the message for people::

    SignalError
    ├── UnsupportedMedia   unsupported_media_type    not one of the containers or codecs we read
    ├── EmptyAudio         empty_audio               no bytes, or a file without a single sample
    ├── AudioTooShort      audio_too_short
    ├── AudioTooLong       audio_too_long
    ├── BadAudio           bad_audio                 the container or its packets do not decode
    ├── BadSampleRate      unsupported_sample_rate
    ├── TooManyChannels    too_many_channels
    ├── NonFiniteAudio     non_finite_audio          NaN or infinity among the samples
    ├── DecoderFailed      decoder_failed            the child crashed or ran over memory or CPU
    └── DecodeDeadline     deadline_exceeded         the caller's deadline came first

Messages name the offending value and the fix. They never hold a path, an address or the text of
a foreign exception, so they may be shown to whoever sent the audio.
"""

from typing import ClassVar


class SignalError(Exception):
    """Root of everything that decoding raises on purpose."""

    code: ClassVar[str]


class UnsupportedMedia(SignalError):
    """The bytes are not a container, or hold no codec, that is read here."""

    code = "unsupported_media_type"


class EmptyAudio(SignalError):
    """There are no bytes, or no samples in them."""

    code = "empty_audio"


class AudioTooShort(SignalError):
    """Fewer seconds than ``DecodeLimits.min_seconds``."""

    code = "audio_too_short"


class AudioTooLong(SignalError):
    """More seconds than ``DecodeLimits.max_seconds_of(channels)``."""

    code = "audio_too_long"


class BadAudio(SignalError):
    """The container is known, but what is in it does not decode."""

    code = "bad_audio"


class BadSampleRate(SignalError):
    """The source's sample rate is outside the limits."""

    code = "unsupported_sample_rate"


class TooManyChannels(SignalError):
    """The source has more channels than ``DecodeLimits.max_channels``."""

    code = "too_many_channels"


class NonFiniteAudio(SignalError):
    """A sample is NaN or infinite."""

    code = "non_finite_audio"


class DecoderFailed(SignalError):
    """The decoder child died on this file: a crash, or over its memory or CPU limit."""

    code = "decoder_failed"


class DecodeDeadline(SignalError):
    """The deadline passed before the file was decoded."""

    code = "deadline_exceeded"


BY_CODE: dict[str, type[SignalError]] = {kind.code: kind for kind in SignalError.__subclasses__()}
"""Error class by code: how an error crosses from a decoder child to its parent."""
