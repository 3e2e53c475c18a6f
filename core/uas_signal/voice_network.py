"""How likely each 32 ms of a clip is speech: silero-vad 6 (MIT) as forty lines of numpy.

A 129-bin magnitude spectrum, four small convolutions, an LSTM of 128 cells, a sigmoid. The weights
are package data (``data/README.md`` says where they come from); ``docs/adr/0006`` why they are here
and why no runtime is.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

STEP_SAMPLES = 512  # 32 ms: one probability each
_CONTEXT_SAMPLES = 64  # of the step before, in front of each step
_MIRRORED_SAMPLES = 64  # behind each step
_FFT_SAMPLES, _FFT_HOP_SAMPLES = 256, 128  # four spectra per step
_STEPS_AT_ONCE = 1024  # 33 s: memory does not grow with the clip

Array = NDArray[np.float32]


def speech_probabilities(samples: Array) -> Array:
    """Probability of speech per started step of 512 samples.

    Args:
        samples: ``[T] float32``, mono, 16 kHz.

    Returns:
        ``[ceil(T / 512)] float32`` within [0, 1]; each depends on what came before, too.
    """
    if not len(samples):
        return np.zeros(0, np.float32)
    count = -(-len(samples) // STEP_SAMPLES)
    padded = np.zeros(_CONTEXT_SAMPLES + count * STEP_SAMPLES, np.float32)
    padded[_CONTEXT_SAMPLES : _CONTEXT_SAMPLES + len(samples)] = samples
    steps = sliding_window_view(padded, _CONTEXT_SAMPLES + STEP_SAMPLES)[::STEP_SAMPLES]
    blocks = [
        _convolve(_spectra(steps[start : start + _STEPS_AT_ONCE]))
        for start in range(0, count, _STEPS_AT_ONCE)
    ]
    return _listen(np.concatenate(blocks), _Memory())


class Listener:
    """The network on a stream: one step at a time, so how the stream is cut changes nothing."""

    def __init__(self) -> None:
        self._context = np.zeros(_CONTEXT_SAMPLES, np.float32)
        self._memory = _Memory()

    def hear(self, step: Array) -> float:
        """Probability of speech in the next ``[512] float32``, within [0, 1]."""
        vectors = _convolve(_spectra(np.concatenate((self._context, step))[None]))
        self._context = step[-_CONTEXT_SAMPLES:].copy()
        return float(_listen(vectors, self._memory)[0])


class _Memory:
    """What the LSTM keeps from step to step, ``[128]`` each."""

    def __init__(self) -> None:
        self.hidden, self.cell = np.zeros((2, 128), np.float32)


def _spectra(steps: Array) -> Array:
    """Magnitudes of ``[N, 576]`` samples: ``[N, 4, 129]``."""
    mirrored = np.pad(steps, ((0, 0), (0, _MIRRORED_SAMPLES)), mode="reflect")
    windows = sliding_window_view(mirrored, _FFT_SAMPLES, axis=1)[:, ::_FFT_HOP_SAMPLES]
    return np.asarray(np.abs(scipy.fft.rfft(windows * _hann(), axis=2)), np.float32)


def _convolve(spectra: Array) -> Array:
    """Four convolutions of width 3 down to one vector per step: ``[N, 4, 129]`` to ``[N, 128]``."""
    hidden = spectra
    for layer, stride in zip(_weights().convolutions, (1, 2, 2, 1), strict=True):
        padded = np.pad(hidden, ((0, 0), (1, 1), (0, 0)))
        windows = sliding_window_view(padded, 3, axis=1)[:, ::stride]  # [N, time, channels, 3]
        flat = windows.reshape(*windows.shape[:2], -1)
        hidden = np.maximum(flat @ layer.matrix + layer.bias, 0.0)
    return hidden[:, 0]


def _listen(vectors: Array, memory: _Memory) -> Array:
    """The LSTM over time and its read-out: ``[N, 128]`` to ``[N]``; ``memory`` goes on."""
    weights = _weights()
    driven = vectors @ weights.lstm_input.matrix + weights.lstm_input.bias
    hidden, cell = memory.hidden, memory.cell
    heard = np.empty_like(vectors)
    for index, drive in enumerate(driven):
        gates = drive + weights.lstm_hidden @ hidden
        admit, show, keep = _sigmoid(gates[:384]).reshape(3, 128)
        cell = keep * cell + admit * np.tanh(gates[384:])
        hidden = show * np.tanh(cell)
        heard[index] = hidden
    memory.hidden, memory.cell = hidden, cell
    return _sigmoid(np.maximum(heard, 0.0) @ weights.out.matrix + weights.out.bias)[:, 0]


def _sigmoid(values: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * values), np.float32)


@dataclass(frozen=True)
class _Linear:
    """``x @ matrix + bias``."""

    matrix: Array
    bias: Array


@dataclass(frozen=True)
class _Weights:
    convolutions: tuple[_Linear, ...]  # each [channels * 3, channels'], taps innermost
    lstm_input: _Linear  # [128, 512]; gates in the order input, output, forget, cell
    lstm_hidden: Array  # [512, 128]
    out: _Linear  # [128, 1]


@cache
def _weights() -> _Weights:
    file = files("uas_signal").joinpath("data", "silero_vad.safetensors")
    tensors = _read_safetensors(file.read_bytes())
    return _Weights(
        tuple(_linear(tensors[f"conv{n}.weight"], tensors[f"conv{n}.bias"]) for n in (1, 2, 3, 4)),
        _linear(tensors["lstm.input"], tensors["lstm.bias"]),
        tensors["lstm.hidden"],
        _linear(tensors["out.weight"], tensors["out.bias"]),
    )


def _linear(weight: Array, bias: Array) -> _Linear:
    """From ``[out, ...in]``, as stored."""
    return _Linear(np.ascontiguousarray(weight.reshape(len(bias), -1).T), bias)


def _read_safetensors(data: bytes) -> dict[str, Array]:
    """Tensors of a float16 safetensors file, as float32."""
    header_end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:header_end])
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        values = np.frombuffer(data[header_end + start : header_end + end], np.float16)
        tensors[name] = values.astype(np.float32).reshape(entry["shape"])
    return tensors


@cache
def _hann() -> Array:
    phase = 2 * np.pi * np.arange(_FFT_SAMPLES) / _FFT_SAMPLES
    return (0.5 - 0.5 * np.cos(phase)).astype(np.float32)
