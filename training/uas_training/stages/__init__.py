"""The stages of training: listen, adapt, tune."""
