"""A scripted engine and draft with a voice in every clip, whose text would like to be markup."""

from uas_model.draft import DraftWord
from uas_server.engine.fake import Reply, legal_reply
from uas_server.engine.protocol import Choice, GenerateRequest, Regex

SAID = "Hello there. <i>Bye</i> --> now"
WORDS = tuple(
    DraftWord(f" {text}", start_s, start_s + 0.1, 0.9)
    for text, start_s in zip(SAID.split(), (0.1, 0.2, 0.4, 0.5, 0.6), strict=True)
)


def speaking(request: GenerateRequest) -> Reply:
    """Hear a voice, say what a schema wants, and fill the rest with anything legal."""
    if isinstance(request.constraint, Choice):
        return Reply('"', {"choice": {"null": 0.25, '"': 0.75}})
    if isinstance(request.constraint, Regex):
        return Reply('{"mood":"calm","count":2}')
    return Reply(" Somebody  says hello. ") if request.constraint is None else legal_reply(request)
