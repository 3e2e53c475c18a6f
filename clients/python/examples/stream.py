"""Prints what is known of a clip as soon as it is.

    python stream.py clip.flac http://127.0.0.1:8000

A key is read from UAS_API_KEY.
"""

import asyncio
import os
import sys

from uas_audio_client import AsyncUasClient, DeltaPayload, FieldPayload, UasEnvelope


async def main(clip: str, url: str) -> None:
    """Stream the document of the clip that was named."""
    async with (
        AsyncUasClient(url, os.environ.get("UAS_API_KEY")) as client,
        client.describe_stream(clip) as events,
    ):
        text = ""
        async for event in events:
            match event:
                case FieldPayload(path=path, value=value):
                    print(f"{path}: {value}")
                case DeltaPayload(text=more):
                    text += more
                case UasEnvelope() as answer:
                    print(f"{len(text)} characters in {answer.timings.total_s} s")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
