"""What an engine raises.

EngineError
├── EngineDead            the process that runs the model is gone; restart, then try again
├── EngineBusy            the engine's own queue is full
├── DeadlineExceeded      raised above the engines, when a generation finished by "deadline"
├── UnsupportedConstraint the engine cannot enforce this kind of constraint at all
├── NoLegalAnswer         a model that only was asked to keep to a constraint never did
├── InvalidConstraint     the constraint itself cannot be compiled within bounds
└── ContextTooLong        prompt, prefill and budget do not fit the model's context

Messages name the value and the fix and may be shown to a caller; none holds a path or a trace.
"""


class EngineError(Exception):
    """Root of everything an engine raises on purpose."""


class EngineDead(EngineError):
    """The process that runs the model is gone."""


class EngineBusy(EngineError):
    """The engine's queue is full."""


class DeadlineExceeded(EngineError):
    """The deadline passed before there was a whole answer."""


class UnsupportedConstraint(EngineError):
    """The engine cannot enforce this kind of constraint."""


class NoLegalAnswer(EngineError):
    """Every try left the constraint, and nothing of it can be used."""


class InvalidConstraint(EngineError):
    """The constraint cannot be compiled within the engine's bounds."""


class ContextTooLong(EngineError):
    """Prompt, prefill and budget do not fit the model's context."""
