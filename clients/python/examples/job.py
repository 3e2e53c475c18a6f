"""Has a long recording described in the background and prints it as subtitles.

    python job.py recording.flac http://127.0.0.1:8000

A key is read from UAS_API_KEY.
"""

import os
import sys

from uas_audio_client import JobFailed, UasClient


def main(recording: str, url: str) -> None:
    """Submit the recording that was named, wait for it, print its subtitles, delete it."""
    with UasClient(url, os.environ.get("UAS_API_KEY")) as client:
        job = client.submit_job(recording, words=True)
        try:
            client.wait_for_job(
                job.id, on_progress=lambda job: print(f"{job.status}, {job.progress:.0%}")
            )
        except JobFailed as failed:
            raise SystemExit(f"no result: {failed}") from None
        print(client.job_result_text(job.id, "srt"))
        client.delete_job(job.id)


if __name__ == "__main__":
    main(*sys.argv[1:])
