"""The client whose calls block. `async_client.py` is the same, awaited.

It knows the calls that take a clip, and jobs. For everything else there are the generated
functions, called with `client.api`.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from uas_audio_client.answers import called, reading
from uas_audio_client.clips import Clip, opened
from uas_audio_client.connection import sync_client
from uas_audio_client.errors import ApiError, JobUnfinished
from uas_audio_client.events import StreamEvent, stream_events
from uas_audio_client.forms import (
    ASK_PATH,
    JOBS_PATH,
    UAS_PATH,
    ask_form,
    describe_form,
    job_form,
    job_headers,
    result_path,
)
from uas_audio_client.generated.api.jobs import delete_job, get_job, get_job_result, list_jobs
from uas_audio_client.generated.models import AskEnvelope, JobInfo, JobList, UasEnvelope
from uas_audio_client.generated.models.get_job_result_format import GetJobResultFormat
from uas_audio_client.generated.types import UNSET, RequestFiles
from uas_audio_client.retries import RetryPolicy
from uas_audio_client.waiting import has_succeeded, pauses_s

T = TypeVar("T")


class UasClient:
    """Calls a uas-audio server.

    Every call raises `ApiError` when the server refuses or fails, `UnexpectedAnswer` when the
    answer is no answer of it, and `httpx.TransportError` when there is none.

    Args:
        base_url: such as ``http://127.0.0.1:8000``.
        api_key: needed where the server has keys.
        timeout_s: seconds without a byte after which a call fails. The server answers within its
            own deadline, 120 s if not set otherwise.
        retries: when a busy server is asked again.
        transport: what httpx sends through; its own when left out.
        sleep: how the client waits, for retries and jobs.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        timeout_s: float = 150.0,
        retries: RetryPolicy | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.api = sync_client(base_url, api_key, timeout_s, transport)
        self._http = self.api.get_httpx_client()
        self._retries = retries or RetryPolicy()
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def describe(
        self, clip: Clip, *, max_tokens: int | None = None, words: bool | None = None
    ) -> UasEnvelope:
        """Describe what was said in a clip, how it was said, and what else was heard."""
        with opened(clip) as file:
            form = describe_form(file, max_tokens=max_tokens, words=words, stream=False)
            answer = self._retrying(lambda: self._http.post(UAS_PATH, files=form))
        with reading():
            return UasEnvelope.from_dict(answer.json())

    @contextmanager
    def describe_stream(
        self, clip: Clip, *, max_tokens: int | None = None, words: bool | None = None
    ) -> Iterator[Iterator[StreamEvent]]:
        """Describe a clip and give what is known as soon as it is.

        The iterator ends with the `UasEnvelope`. It raises `ApiError` for an error in the middle
        and `StreamCut` when the last event does not come.
        """
        with opened(clip) as file:
            form = describe_form(file, max_tokens=max_tokens, words=words, stream=True)
            answer = self._retrying(lambda: self._begin(UAS_PATH, form))
        try:
            yield stream_events(answer)
        finally:
            answer.close()

    def ask(
        self,
        clip: Clip,
        question: str,
        *,
        choices: Iterable[str] | None = None,
        yes_no: bool | None = None,
        schema: Mapping[str, Any] | None = None,
        max_tokens: int | None = None,
    ) -> AskEnvelope:
        """Ask about a clip: for free text, or one of `choices`, yes or no, or JSON of a `schema`.

        `value` of the answer is True or False for yes or no, the JSON value for a schema.
        """
        with opened(clip) as file:
            form = ask_form(
                file, question, choices=choices, yes_no=yes_no, schema=schema, max_tokens=max_tokens
            )
            answer = self._retrying(lambda: self._http.post(ASK_PATH, files=form))
        with reading():
            return AskEnvelope.from_dict(answer.json())

    def submit_job(
        self,
        clip: Clip,
        *,
        max_tokens: int | None = None,
        words: bool | None = None,
        webhook_url: str | None = None,
        idempotency_key: str | None = None,
    ) -> JobInfo:
        """Have a recording described in the background.

        With an `idempotency_key` the call may be made again after a failure: it gives the same job.
        """
        headers = job_headers(idempotency_key)
        with opened(clip) as file:
            form = job_form(file, max_tokens=max_tokens, words=words, webhook_url=webhook_url)
            answer = self._retrying(lambda: self._http.post(JOBS_PATH, files=form, headers=headers))
        with reading():
            return JobInfo.from_dict(answer.json())

    def job(self, job_id: str) -> JobInfo:
        """How far a job is."""
        return self._retrying(lambda: called(get_job.sync, job_id, client=self.api))

    def jobs(self) -> Iterator[JobInfo]:
        """Every job of this key, newest first."""
        cursor: str | None = None
        while True:
            page = self._page(cursor)
            yield from page.data
            cursor = page.next_cursor
            if cursor is None:
                return

    def wait_for_job(
        self,
        job_id: str,
        *,
        within_s: float = 3_600.0,
        on_progress: Callable[[JobInfo], object] = lambda _: None,
    ) -> UasEnvelope:
        """Wait for a job, ask how far it is now and then, and give its result.

        Raises `JobFailed` when it failed or was cancelled, `JobUnfinished` after `within_s` seconds
        of waiting.
        """
        pauses = pauses_s(within_s)
        while True:
            job = self.job(job_id)
            on_progress(job)
            if has_succeeded(job):
                return self.job_result(job_id)
            pause_s = next(pauses, None)
            if pause_s is None:
                raise JobUnfinished(job)
            self._sleep(pause_s)

    def job_result(self, job_id: str) -> UasEnvelope:
        """The result of a job that succeeded."""
        return self._retrying(lambda: called(get_job_result.sync, job_id, client=self.api))

    def job_result_text(self, job_id: str, form: GetJobResultFormat) -> str:
        """The result in another format, such as ``srt``, ``vtt`` or ``csv``."""
        path = result_path(job_id)
        return self._retrying(lambda: self._http.get(path, params={"format": form})).text

    def delete_job(self, job_id: str) -> None:
        """Cancel a job that waits or runs; remove one that has ended."""
        self._retrying(lambda: delete_job.sync_detailed(job_id, client=self.api))

    def _page(self, cursor: str | None) -> JobList:
        after = UNSET if cursor is None else cursor
        return self._retrying(lambda: called(list_jobs.sync, client=self.api, cursor=after))

    def _begin(self, path: str, form: RequestFiles) -> httpx.Response:
        request = self._http.build_request("POST", path, files=form)
        return self._http.send(request, stream=True)

    def _retrying(self, call: Callable[[], T]) -> T:
        tried = 0
        while True:
            tried += 1
            try:
                return call()
            except ApiError as error:
                wait_s = self._retries.wait_s(error, tried)
                if wait_s is None:
                    raise
            self._sleep(wait_s)
