"""Reasons name the key and the nearest valid one, wherever it is."""

from typing import Annotated, Literal

import pytest
from pydantic import Field

from uas_schema.errors import DataError
from uas_schema.strict import Strict, read_yaml


class _Dog(Strict):
    kind: Literal["dog"]
    barks: bool = True


class _Cat(Strict):
    kind: Literal["cat"]
    purrs: bool = True


class _Home(Strict):
    pets: tuple[Annotated[_Dog | _Cat, Field(discriminator="kind")], ...] = ()
    best: _Dog | None = None
    rooms: dict[str, _Cat] = Field(default_factory=dict)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pest: []", "unknown key 'pest' at pest: did you mean 'pets'"),
        ("pets: [{kind: dog, bark: 1}]", "did you mean 'barks'"),
        ("pets: [{kind: dog}, {kind: cat, purr: 1}]", "did you mean 'purrs'"),
        ("best: {kind: dog, bark: 1}", "did you mean 'barks'"),
        ("rooms: {attic: {kind: cat, purr: 1}}", "did you mean 'purrs'"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest(text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_yaml(_Home, text, "home.yaml")
