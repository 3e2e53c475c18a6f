"""A synthesizer behind any OpenAI-compatible server: the model drafts, the merge is ours."""

from uas_pipeline.caption.caption import Caption
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.endpoint.chat import ChatClient, text_part
from uas_pipeline.synthesize.claims import record_of
from uas_pipeline.synthesize.config import MergeConfig
from uas_pipeline.synthesize.merge import Draft, claims_of
from uas_pipeline.synthesize.prompt import draft_prompt, draft_schema
from uas_schema.records import Record


class OpenAiSynthesizer:
    """Asks a model for a draft and takes from it what the caption supports."""

    def __init__(self, client: ChatClient, config: MergeConfig) -> None:
        self._client, self._config = client, config

    def synthesize(self, recording: Recording, caption: Caption) -> Record:
        """The record of a clip. Raises as ``ChatClient.ask`` and the merge do."""
        prompt = draft_prompt(recording, caption, self._config)
        draft = self._client.ask([text_part(prompt)], Draft, draft_schema())
        claims = claims_of(recording, caption, self._config, draft)
        return record_of(recording, caption, claims, self._config.require)
