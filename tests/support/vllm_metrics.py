"""Metrics of vLLM that the dashboard shows; the vLLM tests see that a server has them."""

VLLM_METRICS = {
    "vllm:num_requests_running": {"model_name", "engine"},
    "vllm:num_requests_waiting": {"model_name", "engine"},
    "vllm:kv_cache_usage_perc": {"model_name", "engine"},
    "vllm:prefix_cache_queries_total": {"model_name", "engine"},
    "vllm:prefix_cache_hits_total": {"model_name", "engine"},
    "vllm:mm_cache_queries_total": {"model_name", "engine"},
    "vllm:mm_cache_hits_total": {"model_name", "engine"},
}
"""Labels by name."""
