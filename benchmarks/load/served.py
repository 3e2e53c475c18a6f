"""Our server for a measurement: `python -m load.served JSON`, as `uas serve` runs it.

JSON holds `settings` (of `uas_server.settings`), `draft` (false: the model writes transcripts
itself, as vLLM's own server has it), and `fake` (true: the scripted engine instead of a model; what
is left is the server's own work). The fake's document is one of the default model's for a spoken
clip. Settles on the port that the settings name.
"""

import dataclasses
import json
import sys

from uas_model.draft import FixedDrafter, NoDrafter
from uas_server.app import create_app
from uas_server.engine.fake import FakeEngine, Reply
from uas_server.engine.protocol import Choice, GenerateRequest
from uas_server.opening import opened_model
from uas_server.service.model import ServedModel
from uas_server.serving import serve
from uas_server.settings import Settings

DRAFT = "Hello, this is a short recording for the benchmark of a server."
REST = (
    ',"paralinguistics":{"age":"Adult","gender":"Female","emotion":"Neutral",'
    '"accent":"American English","prosody":"Medium pitch, normal rate","timbre":"clear"},'
    '"nonLinguisticEvents":{"description":"A woman speaks.","discreteEvents":[],'
    '"continuousEvents":[{"label":"hum","characteristic":"soft"}]}}'
)


def main(argv: list[str]) -> int:
    """Serve until told to stop."""
    given = json.loads(argv[0])
    settings = Settings.model_validate(given["settings"])
    model = opened_model(settings)
    if given.get("fake"):
        model = with_fake_engine(model)
    elif not given.get("draft", True):
        model = dataclasses.replace(model, drafter=NoDrafter())
    return 0 if serve(create_app(settings, model), settings) else 1


def with_fake_engine(model: ServedModel) -> ServedModel:
    """The same model's prompts and vocabulary around an engine that answers at once."""

    def script(request: GenerateRequest) -> Reply:
        engine.requests.clear()  # the fake remembers them, with their audio
        is_branch = isinstance(request.constraint, Choice)
        return Reply('"' if is_branch else REST)

    engine = FakeEngine(script)
    return dataclasses.replace(model, engine=engine, drafter=FixedDrafter(DRAFT))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
