"""Where a session stood when its server stopped, as a token that any server can go on from.

It holds counts and what the client asked for, nothing that was heard, and opens nothing: whoever
made one up would start a session of their own. So it is not signed.
"""

import base64
import binascii

from pydantic import Field, ValidationError

from uas_schema.strict import Strict
from uas_server.live.messages import Start

_PREFIX = "at."


class Place(Strict):
    """Behind so many of the client's samples, segments and numbered events."""

    start: Start
    samples: int = Field(default=0, ge=0, lt=1 << 48)
    segments: int = Field(default=0, ge=0, lt=1 << 32)
    number: int = Field(default=0, ge=0, lt=1 << 48)

    def token(self) -> str:
        """The token of this place."""
        return _PREFIX + base64.urlsafe_b64encode(self.model_dump_json().encode()).decode()


def place_of(token: str) -> Place | None:
    """The place of a token; None for any other text."""
    if not token.startswith(_PREFIX):
        return None
    try:
        text = base64.b64decode(token.removeprefix(_PREFIX).encode(), b"-_", validate=True)
        return Place.model_validate_json(text, strict=True)
    except (ValidationError, binascii.Error, ValueError):
        return None
