"""Matrix products with frozen weights: the fastest kernel this CPU has for a number of rows.

Measured on a 2-core AVX-512 machine (30 layers of SmolLM2's shapes, milliseconds):

    rows                1     4     8    16    32   300
    int8 kernel       3.8   4.1   7.4  14.6  25.2   220
    packed bfloat16   6.3   6.3   7.4   8.9  13.1    75

A step of one token reads each weight once, so bytes decide; many rows are bound by arithmetic.
"""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional

Precision: TypeAlias = Literal["int8", "bf16", "fp32"]

MOST_INT8_ROWS = 7
"""Up to so many rows the int8 kernel is the faster one."""


class Linear(Protocol):
    """`x [M, K] -> [M, N]` in the dtype of `x`."""

    def __call__(self, x: Tensor) -> Tensor:
        """Multiply."""
        ...

    @property
    def step_bytes(self) -> int:
        """Bytes of weights that one row's product reads."""
        ...


def make_linear(weight: Tensor, bias: Tensor | None, precision: Precision) -> Linear:
    """Prepare `weight [N, K] float32` and `bias [N] float32` (all zeros counts as none)."""
    if bias is not None and not bool(bias.any()):
        bias = None
    if precision == "fp32":
        return FloatLinear(weight, bias)
    packed = PackedLinear(weight, bias)
    return Int8Linear(weight, bias) if precision == "int8" else packed


class FloatLinear:
    """float32, as stored."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        self._weight = weight.float().contiguous()
        self._bias = None if bias is None else bias.float()

    def __call__(self, x: Tensor) -> Tensor:
        """Multiply `x [M, K] float32`."""
        return functional.linear(x, self._weight, self._bias)

    @property
    def step_bytes(self) -> int:
        """Bytes of weights that one row's product reads."""
        return self._weight.numel() * 4


class PackedLinear:
    """bfloat16, reordered once into oneDNN's blocks."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        self._bytes = weight.numel() * 2
        self._packed = torch.ops.mkldnn._reorder_linear_weight(weight.bfloat16().contiguous())
        self._bias = None if bias is None else bias.bfloat16()

    def __call__(self, x: Tensor) -> Tensor:
        """Multiply `x [M, K] bfloat16`."""
        product: Tensor = torch.ops.mkldnn._linear_pointwise(
            x, self._packed, self._bias, "none", [], ""
        )
        return product

    @property
    def step_bytes(self) -> int:
        """Bytes of weights that one row's product reads."""
        return self._bytes


class Int8Linear:
    """int8 with one scale per output, for few rows; the same weights in bfloat16 for many."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        scale = weight.float().abs().amax(dim=1).clamp_min(1e-8) / 127
        self._weight = (weight.float() / scale[:, None]).round().to(torch.int8).contiguous()
        self._scale = scale.bfloat16()
        self._bias = None if bias is None else bias.bfloat16()
        self._many = PackedLinear(self._weight.float() * self._scale.float()[:, None], bias)

    def __call__(self, x: Tensor) -> Tensor:
        """Multiply `x [M, K] bfloat16`."""
        if x.shape[0] > MOST_INT8_ROWS:
            return self._many(x)
        product = torch._weight_int8pack_mm(x, self._weight, self._scale)
        return product if self._bias is None else product + self._bias

    @property
    def step_bytes(self) -> int:
        """Bytes of weights that one row's product reads."""
        return self._weight.numel()
