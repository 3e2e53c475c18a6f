"""Settings of the vLLM engine, a section of `uas_server.settings`. Imports no vllm.

They carry vLLM's own names where it has one.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field

from uas_schema.strict import Strict


class VllmSettings(Strict):
    """How vLLM runs the model; the defaults fit one GPU, or a small model on a CPU."""

    tensor_parallel: int = Field(1, ge=1, description="GPUs that share every layer")
    pipeline_parallel: int = Field(1, ge=1, description="groups of GPUs that share the layers")
    data_parallel: int = Field(1, ge=1, description="copies of the model")
    gpu_memory_utilization: float = Field(
        0.9, gt=0, le=1, description="part of a GPU's memory that vLLM may use"
    )
    max_model_len: int = Field(
        2048, ge=256, description="most tokens of prompt and output; one is kept for the end"
    )
    max_num_seqs: int = Field(16, ge=1, description="sequences in one step of the model")
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = Field(
        "auto", description="type of the weights in memory"
    )
    quantization: str | None = Field(None, description="vLLM's name of a method, such as fp8")
    lora: Path | None = Field(None, description="folder of a LoRA adapter that is always on")
    lora_rank: int = Field(32, ge=1, description="highest rank of that adapter")
    structured_outputs: Literal["outlines", "xgrammar", "guidance"] = Field(
        "outlines", description="what enforces patterns"
    )
    scoring: Literal["walk", "steps"] = Field(
        "steps",
        description="closed values: steps reads them off one request that writes the document; "
        "walk rates each as a whole text, with many requests",
    )
    compiled: bool | None = Field(
        None, description="compile the model at start-up (default: on a GPU yes, on a CPU no)"
    )
    media_cache_gib: float = Field(1.0, ge=0, description="memory for features of clips")
    cpu_kv_cache_gib: int = Field(1, ge=1, description="memory for keys and values, on a CPU")
    cpu_threads: str = Field("auto", description="cores to use on a CPU: auto, or such as 0-3")
    start_s: float = Field(900.0, gt=0, description="time to load and warm up in")
