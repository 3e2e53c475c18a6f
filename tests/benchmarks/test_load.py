"""The load generator against a real server around the scripted engine, and its arithmetic."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from clips import encoded, tone
from server_process import server_process

from load.__main__ import main
from load.answers import first_over_draft, timings_of
from load.asks import uas_ask
from load.figures import Sample, Summary, median_interval
from load.loops import Ask, Target, closed_loop, open_loop
from load.sweep import target_of
from load.wire import Answer, BrokenAnswer, Connection, _Reader

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n"
)
WITH_LENGTH = b"HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nbody"


@pytest.fixture(scope="module")
def target(environment: dict[str, str]) -> Iterator[Target]:
    with server_process(environment, decoders=1, queue=100) as server:
        yield target_of(server.url)


@pytest.fixture(scope="module")
def clip() -> bytes:
    return encoded(tone())


@pytest.mark.parametrize(
    ("data", "status", "body"), [(CHUNKED, 200, b"firstsecond"), (WITH_LENGTH, 404, b"body")]
)
def test_an_answer_is_the_same_however_it_is_cut(data: bytes, status: int, body: bytes) -> None:
    for size in range(1, len(data) + 1):
        reader, answers = _Reader(), []
        for moment, start in enumerate(range(0, len(data), size)):
            answers.append(reader.feed(data[start : start + size], float(moment)))
        *before, last = answers
        assert set(before) <= {None}
        assert isinstance(last, Answer)
        assert (last.status, last.body, last.done_at) == (status, body, float(len(before)))
        assert last.first_at <= last.done_at


def test_an_answer_without_an_end_is_refused() -> None:
    with pytest.raises(BrokenAnswer, match="neither a length nor chunks"):
        _Reader().feed(b"HTTP/1.1 200 OK\r\n\r\n", 0.0)


@pytest.mark.parametrize("stream", [True, False])
async def test_a_closed_loop_asks_for_everything_once(
    target: Target, clip: bytes, stream: bool
) -> None:
    asks = [uas_ask(target, clip, 1.0, stream=stream, max_tokens=64)] * 7
    samples = await closed_loop(target, asks, clients=3)
    summary = Summary.of(samples)
    assert (summary.good, summary.failed, summary.audio_s) == (7, 0, 7.0)
    assert all(sample.due_at <= sample.first_at <= sample.done_at for sample in samples)
    assert all((timings_of(sample)["total_s"] or 0) <= sample.took_s for sample in samples)
    assert all((b"event: final" in sample.body) == stream for sample in samples)


async def test_an_open_loop_sends_at_moments_that_its_seed_gives(
    target: Target, clip: bytes
) -> None:
    ask = uas_ask(target, clip, 1.0, stream=False)
    runs = [
        await open_loop(target, lambda _: ask, rate_hz=20.0, seconds=0.5, seed=seed)
        for seed in (1, 1, 2)
    ]
    starts = []
    for samples in runs:
        assert all(sample.is_good for sample in samples)
        assert all(sample.late_s >= 0 for sample in samples)
        due = sorted(sample.due_at for sample in samples)
        starts.append([round(at - due[0], 6) for at in due])
    assert starts[0] == starts[1] != starts[2]


async def test_nobody_there_is_a_failure_not_an_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = Target("127.0.0.1", free.getsockname()[1])
    samples = await closed_loop(nobody, [Ask(b"", 1.0)] * 2, clients=1)
    assert [sample.status for sample in samples] == [0, 0]
    with pytest.raises(ValueError, match="no request was answered"):
        Summary.of(samples)


async def test_a_connection_that_ends_early_says_so() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(WITH_LENGTH[:-1])
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        line = await Connection.open(*server.sockets[0].getsockname())
        with pytest.raises(BrokenAnswer, match="before the answer did"):
            await line.exchange(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(BrokenAnswer, match="open another one"):
            await line.exchange(b"GET / HTTP/1.1\r\n\r\n")


@pytest.mark.parametrize(
    ("count", "low", "high", "confidence"),
    [(10, 2, 9, 0.978515625), (6, 1, 6, 0.96875), (3, 1, 3, 0.75), (20, 6, 15, 0.958610534)],
)
def test_the_interval_of_a_median_is_that_of_the_sign_test(
    count: int, low: int, high: int, confidence: float
) -> None:
    found = median_interval([float(value) for value in range(count, 0, -1)])
    assert (found.low, found.high) == (low, high)
    assert found.confidence == pytest.approx(confidence)
    assert found.median == (count + 1) / 2


def test_first_byte_over_the_draft_is_of_answers_that_have_one() -> None:
    drafted, without = (
        Sample(0.0, 0.0, 3.0, 4.0, 200, 1.0, f'{{"timings": {{"draft_s": {draft}}}}}'.encode())
        for draft in ("2.0", "null")
    )
    assert first_over_draft([drafted, without]) == 1.5
    assert first_over_draft([without]) is None


@pytest.mark.parametrize("url", ["https://example.org", "127.0.0.1:8000"])
def test_urls_that_cannot_be_measured_are_refused(url: str) -> None:
    with pytest.raises(SystemExit, match="is no URL such as"):
        target_of(url)


def test_a_sweep_prints_a_table_of_each_load(
    target: Target, clip: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "clip.wav"
    file.write_bytes(clip)
    words = f"sweep --url http://{target.host}:{target.port} --clip {file} --requests 3"
    main([*words.split(), "--clients", "1", "2", "--plot", str(tmp_path / "plot.svg")])
    main([*words.split(), "--rates", "20", "--seconds", "0.3", "--lengths", "0.5", "--whole"])
    printed = capsys.readouterr().out
    for row in ("| 1 | 3 | 0 |", "| 2 | 3 | 0 |", "| 20 |", "| 0.5 | 3 | 0 |"):
        assert row in printed
    assert (tmp_path / "plot.svg").exists()
    with pytest.raises(SystemExit, match="just one of them"):
        main(words.split())
