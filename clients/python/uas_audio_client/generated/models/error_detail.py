from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.error_detail_type import ErrorDetailType, check_error_detail_type

T = TypeVar("T", bound="ErrorDetail")


@_attrs_define
class ErrorDetail:
    """What went wrong.

    Attributes:
        message (str):
        type_ (ErrorDetailType):
        param (None | str):
        code (str):
        request_id (str):
    """

    message: str
    type_: ErrorDetailType
    param: None | str
    code: str
    request_id: str

    def to_dict(self) -> dict[str, Any]:
        message = self.message

        type_: str = self.type_

        param: None | str
        param = self.param

        code = self.code

        request_id = self.request_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "message": message,
                "type": type_,
                "param": param,
                "code": code,
                "request_id": request_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        message = d.pop("message")

        type_ = check_error_detail_type(d.pop("type"))

        def _parse_param(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        param = _parse_param(d.pop("param"))

        code = d.pop("code")

        request_id = d.pop("request_id")

        error_detail = cls(
            message=message,
            type_=type_,
            param=param,
            code=code,
            request_id=request_id,
        )

        return error_detail
