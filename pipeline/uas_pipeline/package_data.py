"""YAML files that ship with this package, read into strict models."""

from importlib.resources import files
from typing import TypeVar

from pydantic import BaseModel

from uas_schema.strict import read_yaml

ModelT = TypeVar("ModelT", bound=BaseModel)


def read_package_yaml(model: type[ModelT], package: str, path: str) -> ModelT:
    """Read ``path`` of the import package ``package`` (such as "uas_pipeline.corpora").

    Raises ``uas_schema.errors.DataError`` that names the file, the key and the nearest valid key.
    """
    text = files(package).joinpath(path).read_text(encoding="utf-8")
    return read_yaml(model, text, path)
