"""The stages of training: listen, align, adapt, tune, grpo."""
