"""Prints the document of a clip and the answer to a question about it.

    python describe.py clip.flac http://127.0.0.1:8000

A key is read from UAS_API_KEY.
"""

import json
import os
import sys

from uas_audio_client import ApiError, UasClient


def main(clip: str, url: str) -> None:
    """Describe the clip that was named, then ask about it."""
    with UasClient(url, os.environ.get("UAS_API_KEY")) as client:
        try:
            answer = client.describe(clip, words=True)
            speaks = client.ask(clip, "Does somebody speak?", yes_no=True)
        except ApiError as error:
            raise SystemExit(f"{error.code}: {error.message} ({error.request_id})") from None
    print(json.dumps(answer.uas.to_dict(), ensure_ascii=False, indent=2))
    print(f"somebody speaks: {speaks.value}, in {answer.usage.audio_s} s of audio")


if __name__ == "__main__":
    main(*sys.argv[1:])
