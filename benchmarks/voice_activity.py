"""How well does the voice activity detector find speech in noise?

    python benchmarks/voice_activity.py --speech shared/data --sounds DIR [--silero FILE.onnx]

Tracks of 30 s are made of clips of the corpora with pauses between them, alone and mixed with white
noise or with sounds (animals, tools, vehicles) at known signal-to-noise ratios. Truth is where the
clean track is within 35 dB of its loudest 10 ms, pauses below 0.3 s filled. Printed: recall and
precision over 10 ms frames, the error of the total speech time, and the share of frames called
voice in sounds alone; beside a detector by energy, and silero-vad's own network where given.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.activity import Span, frame_levels, voice_activity

TRACK_S = 30
FRAMES = TRACK_S * 100
Detector = Callable[[np.ndarray], list[Span]]


def main() -> None:
    """Print the table."""
    arguments = parse_arguments()
    rng = np.random.default_rng(arguments.seed)
    clips = load(sorted(arguments.speech.rglob("*.flac")), rng, 400)
    sounds = load(sorted(p for p in arguments.sounds.rglob("*") if is_sound(p)), rng, 120)
    detectors: dict[str, Detector] = {"uas_signal": voice_activity, "energy": energy}
    if arguments.silero:
        detectors["silero-vad"] = silero(arguments.silero)
    tracks = [speech_track(clips, rng) for _ in range(arguments.tracks)]
    truths = [truth(track) for track in tracks]
    beds = [bed(sounds, rng) for _ in tracks]
    print(f"{'detector':12} {'condition':18} recall  precision  time error")
    for name, detector in detectors.items():
        for condition, mixed in mixtures(tracks, beds, rng):
            found = [frames(detector(track)) for track in mixed]
            print(f"{name:12} {condition:18} {report(found, truths)}")
        alone = np.mean([frames(detector(track)).mean() for track in beds])
        start_s = time.perf_counter()
        for track in tracks:
            detector(track)
        took_s = (time.perf_counter() - start_s) / len(tracks) / TRACK_S
        print(f"{name:12} sounds alone: {alone:.2f} called voice; {took_s * 1e3:.2f} ms per second")


def parse_arguments() -> argparse.Namespace:
    """Where the material lies."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speech", type=Path, required=True, help="folder of FLAC clips")
    parser.add_argument("--sounds", type=Path, required=True, help="folder of sounds without voice")
    parser.add_argument("--silero", type=Path, help="silero_vad_16k_sequence.onnx of silero-vad")
    parser.add_argument("--tracks", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def is_sound(path: Path) -> bool:
    """Whether a file is a sound and not the spoken name of a stamp (``cat_desc_de.ogg``)."""
    words = path.stem.split("_")
    return path.suffix in {".ogg", ".wav"} and "desc" not in words and len(words[-1]) != 2


def load(paths: list[Path], rng: np.random.Generator, count: int) -> list[np.ndarray]:
    """A random choice of clips: each ``[T] float32``, mono, 16 kHz, peak 0.3."""
    chosen = rng.permutation(np.array(paths, dtype=object))[:count]
    clips = []
    for path in chosen:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
        mono = soxr.resample(samples.mean(axis=1), rate_hz, SAMPLE_RATE_HZ)
        if np.abs(mono).max() > 1e-3:
            clips.append(mono / np.abs(mono).max() * 0.3)
    return clips


def speech_track(clips: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """30 s of clips with 0.5 to 2.5 s between them."""
    track = np.zeros(TRACK_S * SAMPLE_RATE_HZ, np.float32)
    at = int(rng.uniform(0.5, 2.0) * SAMPLE_RATE_HZ)
    while True:
        clip = clips[rng.integers(len(clips))]
        if at + len(clip) > len(track):
            return track
        track[at : at + len(clip)] = clip
        at += len(clip) + int(rng.uniform(0.5, 2.5) * SAMPLE_RATE_HZ)


def bed(sounds: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """30 s of sounds one behind the other."""
    pieces = [sounds[i] for i in rng.permutation(len(sounds))]
    return np.resize(np.concatenate(pieces), TRACK_S * SAMPLE_RATE_HZ).astype(np.float32)


def truth(track: np.ndarray) -> np.ndarray:
    """Whether there is speech in each 10 ms of a clean track: ``[3000] bool``."""
    levels = frame_levels(track)
    active = levels > levels.max() - 35.0
    edges = np.flatnonzero(np.diff(active.astype(int)))
    for off, on in zip(edges[1::2], edges[2::2], strict=False):
        if on - off < 30:
            active[off : on + 1] = True
    return active


def mixtures(
    tracks: list[np.ndarray], beds: list[np.ndarray], rng: np.random.Generator
) -> Iterator[tuple[str, list[np.ndarray]]]:
    """Name and tracks of each condition."""
    yield "clean", tracks
    for snr_db in (20, 10, 5, 0):
        noises = [rng.standard_normal(len(track)).astype(np.float32) for track in tracks]
        yield f"white {snr_db} dB", mix(tracks, noises, snr_db)
    for snr_db in (20, 10, 5, 0):
        yield f"sounds {snr_db} dB", mix(tracks, beds, snr_db)


def mix(tracks: list[np.ndarray], noises: list[np.ndarray], snr_db: float) -> list[np.ndarray]:
    """Noise under speech, the ratio taken over the frames with speech."""
    mixed = []
    for track, noise in zip(tracks, noises, strict=True):
        speaking = np.repeat(truth(track), SAMPLE_RATE_HZ // 100)
        gain = rms(track[speaking]) / rms(noise) * 10 ** (-snr_db / 20)
        mixed.append((track + gain * noise).astype(np.float32))
    return mixed


def rms(samples: np.ndarray) -> float:
    """Root of the mean square."""
    return float(np.sqrt(np.mean(np.square(samples))))


def frames(spans: list[Span]) -> np.ndarray:
    """Spans as ``[3000] bool``."""
    active = np.zeros(FRAMES, bool)
    for span in spans:
        active[round(span.start_s * 100) : round(span.end_s * 100)] = True
    return active


def report(found: list[np.ndarray], truths: list[np.ndarray]) -> str:
    """Recall, precision and mean error of the speech time, as one line."""
    hits = sum(int((f & t).sum()) for f, t in zip(found, truths, strict=True))
    called, spoken = sum(int(f.sum()) for f in found), sum(int(t.sum()) for t in truths)
    wrong = [
        abs(int(f.sum()) - int(t.sum())) / int(t.sum()) for f, t in zip(found, truths, strict=True)
    ]
    return f"{hits / spoken:6.3f} {hits / max(called, 1):9.3f} {np.mean(wrong):9.1%}"


def energy(samples: np.ndarray) -> list[Span]:
    """The detector without weights: 9 dB over the background, at most 40 dB under the peaks."""
    levels = frame_levels(samples)
    background, peaks = np.percentile(levels, [10, 99])
    active = levels > max(background + 9.0, peaks - 40.0, -60.0)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(int), [0]])))
    return [Span(on / 100, off / 100) for on, off in edges.reshape(-1, 2)]


def silero(path: Path) -> Detector:
    """silero-vad 6 over windows of 32 ms, threshold 0.5, as our spans."""
    import onnxruntime  # only for the comparison

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options)

    def detect(samples: np.ndarray) -> list[Span]:
        count = -(-len(samples) // 512)
        padded = np.concatenate([np.zeros(64), samples, np.zeros(count * 512 - len(samples))])
        windows = np.lib.stride_tricks.sliding_window_view(padded.astype(np.float32), 576)[::512]
        state = np.zeros((1, 1, 128), np.float32)
        inputs = {"input": np.ascontiguousarray(windows), "h": state, "c": state}
        voiced = session.run(["speech_probs"], inputs)[0] > 0.5
        edges = np.flatnonzero(np.diff(np.concatenate([[0], voiced.astype(int), [0]])))
        return [Span(on * 0.032, off * 0.032) for on, off in edges.reshape(-1, 2)]

    return detect


if __name__ == "__main__":
    main()
