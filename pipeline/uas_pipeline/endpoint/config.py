"""Where a model server is, how patient the client is, and what tokens cost."""

from pydantic import Field

from uas_schema.strict import Strict


class Price(Strict):
    """Money for a million tokens, in whatever currency the user counts."""

    prompt_per_million: float = Field(default=0.0, ge=0)
    completion_per_million: float = Field(default=0.0, ge=0)


class EndpointConfig(Strict):
    """An OpenAI-compatible server.

    ``base_url`` ends before "/chat/completions", such as "http://127.0.0.1:8000/v1".
    ``key_variable`` is the name of the environment variable that holds the key, never the key.
    Waits between ``attempts`` double from ``first_wait_s`` up to ``longest_wait_s``, which also
    bounds what the server may ask for.
    """

    base_url: str = Field(pattern=r"^https?://")
    model: str
    key_variable: str | None = None
    timeout_s: float = Field(default=120.0, gt=0)
    attempts: int = Field(default=5, ge=1)
    first_wait_s: float = Field(default=1.0, ge=0)
    longest_wait_s: float = Field(default=60.0, ge=0)
    max_answer_bytes: int = Field(default=1 << 20, gt=0)
    max_tokens: int = Field(default=1024, gt=0)
    seed: int = 0
    price: Price = Price()
