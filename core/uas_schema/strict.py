"""The strict base of every model at a boundary, and readable reasons when input does not fit.

Knows nothing of audio or of the UAS document.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from importlib.resources import files
from typing import Any, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from uas_schema.errors import DataError

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML built without libyaml: the same result, ten times slower
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

ModelT = TypeVar("ModelT", bound=BaseModel)


class Strict(BaseModel):
    """Immutable model that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def replace(self, **changes: Any) -> Self:
        """Return a validated copy with some fields changed.

        Raises pydantic's ``ValidationError`` when a new value does not fit.
        """
        return type(self)(**(dict(self) | changes))


def nearest(name: str, valid: list[str]) -> str:
    """Say which valid name is meant, or list all of them."""
    close = get_close_matches(name, valid, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"valid names: {', '.join(sorted(valid))}"


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """One line for the first problem: where it is, the value, and the nearest valid name."""
    details = error.errors(include_url=False)
    unknown = (detail for detail in details if detail["type"] == "extra_forbidden")
    detail = next(unknown, details[0])
    where = ".".join(str(part) for part in detail["loc"]) or "top level"
    if detail["type"] == "extra_forbidden":
        key = str(detail["loc"][-1])
        return f"unknown key {key!r} at {where}: {nearest(key, _keys_at(model, detail))}"
    if detail["type"] in {"missing", "json_invalid"}:
        return f"{where}: {detail['msg']}"
    return f"{where}: {detail['msg']}, not {_short(detail['input'])}"


def read_yaml(model: type[ModelT], text: str, source: str) -> ModelT:
    """Validate YAML text against ``model``.

    Raises ``DataError`` that names ``source``, the key, and the nearest valid key.
    """
    try:
        return model.model_validate(yaml.load(text, _Loader))
    except yaml.YAMLError as error:
        raise DataError(f"{source} is not YAML: {error}") from error
    except ValidationError as error:
        raise DataError(f"{source}: {explain(error, model)}") from error


def package_text(path: str) -> str:
    """Text of a file in this package's ``data`` folder."""
    return files("uas_schema").joinpath("data", path).read_text(encoding="utf-8")


def _short(value: object, limit: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _keys_at(model: type[BaseModel], detail: ErrorDetails) -> list[str]:
    """Valid keys of the object in which an unknown key was found."""
    here: Any = model
    for part in detail["loc"][:-1]:
        here = _child(here, part)
    fields = getattr(next(_models_in(here), None), "model_fields", {})
    return [str(field.alias or name) for name, field in fields.items()]


def _child(annotation: Any, part: int | str) -> Any:
    """Type of one member: a field, an item of a list or mapping, a union's model with that tag."""
    if isinstance(part, int):
        return annotation
    models = list(_models_in(annotation))
    tagged = [model for model in models if len(models) > 1 and _has_tag(model, part)]
    if tagged:
        return tagged[0]
    first = models[0] if models else None
    fields = first.model_fields.items() if first else ()
    return next((field.annotation for name, field in fields if part in (name, field.alias)), first)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Pydantic models inside an annotation such as ``tuple[Event, ...] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models_in(inner)


def _has_tag(model: type[BaseModel], tag: int | str) -> bool:
    """Whether a model has a field that is the literal ``tag``: what a union is told apart by."""
    return any(
        tag in getattr(field.annotation, "__args__", ()) for field in model.model_fields.values()
    )
