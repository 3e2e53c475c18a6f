"""What a caller may set on a request, and how it is read from a query string and form fields.

The same names work in both places, and a form field goes before the query. A name given twice in
one place is refused unless it is a list. Texts are read strictly: "true" and "false", whole numbers
without signs or spaces.
"""

import re
from collections.abc import Container, Iterable
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import BeforeValidator, Field, ValidationError

from uas_schema.strict import Strict, nearest
from uas_server.errors import ApiError

_TRUTH = {"true": True, "false": False, "True": True, "False": False}
"""The second pair is what generated Python clients put into forms."""
_WHOLE = re.compile(r"0|[1-9][0-9]{0,8}")


def _truth(value: object) -> object:
    if isinstance(value, str):
        if value not in _TRUTH:
            raise ValueError("write true or false")
        return _TRUTH[value]
    return value


def _whole(value: object) -> object:
    if isinstance(value, str):
        if not _WHOLE.fullmatch(value):
            raise ValueError("write a whole number of at most nine digits")
        return int(value)
    return value


Flag = Annotated[bool, BeforeValidator(_truth)]
PageSize = Annotated[int, Field(ge=1, le=100), BeforeValidator(_whole)]
ResultFormat = Literal["json", "jsonl", "audacity", "textgrid", "rttm", "srt", "vtt", "csv"]
MaxTokens = Annotated[int, Field(ge=1, le=4096), BeforeValidator(_whole)]


class Parameters(Strict):
    """What an operation takes.

    `refused` are names that are known and cannot be kept, `clip_fields` those of its form that name
    the clip.
    """

    refused: ClassVar[frozenset[str]] = frozenset()
    clip_fields: ClassVar[tuple[str, ...]] = ()


class CommonParameters(Parameters):
    """What all operations on a clip take."""

    clip_fields: ClassVar[tuple[str, ...]] = ("file", "url")

    model: str | None = Field(None, description="Name of the served model; any other is refused.")
    max_tokens: MaxTokens | None = Field(None, description="Budget of output tokens per window.")


class DescribeParameters(CommonParameters):
    """What all take that give a document."""

    words: Flag = Field(
        False,
        description="Give the words with their times; null where the model cannot tell them.",
    )


class UasParameters(DescribeParameters):
    """What POST /v1/uas takes."""

    stream: Flag = Field(False, description="Answer with server-sent events.")


class JobParameters(DescribeParameters):
    """What POST /v1/jobs takes."""

    clip_fields: ClassVar[tuple[str, ...]] = ("file",)

    webhook_url: str | None = Field(
        None, description="Where the job is posted to when it has ended; see GET /v1/limits."
    )


class ListParameters(Parameters):
    """What GET /v1/jobs takes."""

    limit: PageSize = Field(20, description="Most jobs of one answer, 1 to 100.")
    cursor: str | None = Field(None, description="next_cursor of the answer before.")


class ResultParameters(Parameters):
    """What GET /v1/jobs/{job_id}/result takes."""

    format: ResultFormat = Field("json", description="How the result is written.")


class AskParameters(CommonParameters):
    """What POST /v1/ask takes. At most one of choices, yes_no and schema."""

    question: str = Field(min_length=1, description="What to answer about the clip.")
    choices: tuple[str, ...] = Field((), description="The answer is one of these texts.")
    yes_no: Flag = Field(False, description="The answer is yes or no.")
    answer_schema: str | None = Field(
        None,
        alias="schema",
        description="JSON Schema, as text, that the answer is guaranteed to be valid against.",
    )


ParametersT = TypeVar("ParametersT", bound=Parameters)


def read_parameters(model: type[ParametersT], *places: Iterable[tuple[str, str]]) -> ParametersT:
    """Validate the name-value pairs of the query, then of the form.

    Raises `ApiError` that names the parameter and the fix.
    """
    lists = {info.alias or name for name, info in model.model_fields.items() if info.default == ()}
    values: dict[str, Any] = {}
    for pairs in places:
        values |= _joined(pairs, lists)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _refused(model, error) from None


def _joined(pairs: Iterable[tuple[str, str]], lists: Container[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name in lists:
            values.setdefault(name, []).append(value)
        elif name in values:
            raise ApiError("repeated_parameter", "A parameter is given twice; send it once.")
        else:
            values[name] = value
    return values


def _refused(model: type[Parameters], error: ValidationError) -> ApiError:
    """The first problem as an error; what the caller sent is not repeated."""
    detail = error.errors(include_url=False, include_input=False)[0]
    name = str(detail["loc"][0])
    if name in model.refused:
        message = f"{name} is not supported here. Leave it out."
        return ApiError("unsupported_parameter", message, param=name)
    if detail["type"] == "extra_forbidden":
        names = [info.alias or key for key, info in model.model_fields.items()]
        message = f"There is no such parameter: {nearest(name, [*names, *model.clip_fields])}."
        return ApiError("unknown_parameter", message)
    if detail["type"] == "missing":
        return ApiError("missing_parameter", f"{name} is missing; send it.", param=name)
    reason = detail["msg"].removeprefix("Value error, ")
    return ApiError("invalid_parameter", f"{name}: {reason}.", param=name)
