"""What can go wrong with weights and checkpoints.

    ModelError
    ├── FetchError             a base weight could not be fetched; trying again may help
    └── RefusedModel           the weights or the checkpoint are refused; trying again will not help
        ├── ChecksumMismatch   a file is not the one that was pinned
        ├── UnsafeCheckpoint   pickles, links that lead outside, remote code
        ├── BadCheckpoint      a file or a tensor is missing, unreadable or of another shape
        └── WeightsMissing     no trained weights of that name are at hand

The `uas` commands end with exit code 3 on `RefusedModel`.
"""


class ModelError(Exception):
    """Root of the errors of `uas_model`; the message is one line that names the fix."""


class FetchError(ModelError):
    """A base weight could not be fetched."""


class RefusedModel(ModelError):
    """The model is refused: starting again will not help."""


class ChecksumMismatch(RefusedModel):
    """A file's SHA-256 is not the pinned one."""


class UnsafeCheckpoint(RefusedModel):
    """The checkpoint holds something that could run code or read outside its folder."""


class BadCheckpoint(RefusedModel):
    """A file or tensor of the checkpoint is missing, unreadable or of another shape."""


class WeightsMissing(RefusedModel):
    """There are no trained weights of the name that was asked for."""
