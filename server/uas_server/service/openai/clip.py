"""The clip of a chat: where its bytes come from, within the bounds of an upload."""

import asyncio
import binascii

from uas_server.errors import ApiError
from uas_server.service.openai.chat_request import (
    AudioUrlPart,
    ChatRequest,
    InputAudioPart,
    TextPart,
)
from uas_server.settings import Settings

_SLICE = 1 << 20
"""Characters that are decoded at a time: between two of them the event loop gets its turn."""


async def clip_of(asked: ChatRequest, settings: Settings) -> bytes:
    """File of the one clip. Raises `ApiError`."""
    parts = [
        part
        for message in asked.messages
        if not isinstance(message.content, str)
        for part in message.content
        if not isinstance(part, TextPart)
    ]
    if not parts:
        message = "There is no clip. Send one content part of type input_audio."
        raise ApiError("missing_parameter", message, param="messages")
    if len(parts) > 1:
        message = f"{len(parts)} clips were sent. Send one."
        raise ApiError("invalid_parameter", message, param="messages")
    return await _bytes_of(parts[0], settings)


async def _bytes_of(part: InputAudioPart | AudioUrlPart, settings: Settings) -> bytes:
    """Bytes of a clip, wherever they come from."""
    if isinstance(part, AudioUrlPart) or part.input_audio.data[:5].lower() == "data:":
        raise ApiError(
            "unsupported_parameter",
            "This server takes no URLs: the setting fetch_urls is off. Send the clip as "
            "input_audio, in bare base64.",
            param="messages",
        )
    return await asyncio.to_thread(_decoded, part.input_audio.data, settings.upload_bytes)


def _decoded(text: str, most_bytes: int) -> bytes:
    """The bytes of base64 text, whose number is known before any is decoded."""
    if len(text) // 4 * 3 - text[-2:].count("=") > most_bytes:
        message = f"The clip is over {most_bytes} bytes. Compress or cut it."
        raise ApiError("body_too_large", message, param="messages")
    slices = (text[first : first + _SLICE] for first in range(0, len(text), _SLICE))
    try:
        return b"".join(binascii.a2b_base64(each, strict_mode=True) for each in slices)
    except ValueError:  # also what is not ASCII
        message = "input_audio.data is not base64 with its padding and without line breaks."
        raise ApiError("invalid_parameter", message, param="messages") from None
