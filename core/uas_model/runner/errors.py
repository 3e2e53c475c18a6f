"""What a runner raises.

RunnerError (a ValueError)
├── PatternError    a regular expression cannot be compiled
├── RequestTooLong  prompt, prefill and budget do not fit the context
└── AudioMismatch   the prompt's audio placeholders do not match the clips
"""


class RunnerError(ValueError):
    """Root of what a runner raises about a request."""


class PatternError(RunnerError):
    """A regular expression cannot be compiled."""


class RequestTooLong(RunnerError):
    """Prompt, prefill and budget do not fit the context."""


class AudioMismatch(RunnerError):
    """The prompt's audio placeholders do not match the clips."""
