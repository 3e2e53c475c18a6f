"""What is wrong with a JSON request, as an error that names the place. Values are not repeated."""

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from uas_schema.strict import Strict, nearest
from uas_server.errors import ApiError


def refused(model: type[Strict], error: ValidationError, refusals: frozenset[str]) -> ApiError:
    """The first problem; `refusals` are names at the top that are known and cannot be kept."""
    details = error.errors(include_url=False, include_input=False)
    detail = next((each for each in details if each["type"] == "extra_forbidden"), details[0])
    if detail["type"] == "json_invalid":
        return ApiError("invalid_body", "The body is not JSON, or is nested over 200 deep.")
    place, last = _place(model, detail), str(detail["loc"][-1]) if detail["loc"] else ""
    if detail["type"] == "extra_forbidden":
        return _unknown(model, place, last, refusals if len(detail["loc"]) == 1 else frozenset())
    if detail["type"] == "missing":
        return ApiError("missing_parameter", f"{place} is missing; send it.", param=place)
    return ApiError("invalid_parameter", f"{place}: {_reason(detail)}.", param=place or None)


def _unknown(model: type[Strict], place: str, name: str, refusals: frozenset[str]) -> ApiError:
    if name in refusals:
        message = f"{name} is not supported here. Leave it out."
        return ApiError("unsupported_parameter", message, param=name)
    if place:
        return ApiError("unknown_parameter", f"{place} has an unknown key.", param=place)
    meant = nearest(name, list(model.model_fields))
    return ApiError("unknown_parameter", f"There is no such parameter: {meant}.")


def _place(model: type[Strict], detail: ErrorDetails) -> str:
    """Where it is, such as messages[0].content[1]; only names of ours are in it."""
    names, place = frozenset(_names(model)), ""
    for part in detail["loc"]:
        if isinstance(part, int):
            place += f"[{part}]"
        elif part in names:
            place += f".{part}" if place else part
    return place


def _names(annotation: Any) -> Iterator[str]:
    """Names of all fields of a model and of the models in it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            yield field.alias or name
            yield from _names(field.annotation)
    else:
        for inner in get_args(annotation):
            yield from _names(inner)


def _reason(detail: ErrorDetails) -> str:
    """Why a value is refused. Pydantic's text about a wrong tag repeats it, so ours does not."""
    if detail["type"] == "union_tag_invalid":
        return f"send one of {detail['ctx']['expected_tags']} as type"
    return detail["msg"].removeprefix("Value error, ")
