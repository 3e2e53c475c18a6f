"""A script for the fake engine: the real decoding loop over scores that try to break it."""

from __future__ import annotations

from uas_model.runner.adversary import AdversarialModel
from uas_model.runner.request import GenerateRequest, Hooks
from uas_server.engine.fake import Reply, Script


def adversarial(model: AdversarialModel, *, step_s: float = 0.0) -> Script:
    """Answer every request with what the loop makes of it; `step_s` is waited before a delta."""

    def script(request: GenerateRequest) -> Reply:
        final = model.generate(request, Hooks(say=lambda _: None, interrupted=lambda: None))
        return Reply(final.text, finish=final.finish, step_s=step_s, final=final)

    return script
