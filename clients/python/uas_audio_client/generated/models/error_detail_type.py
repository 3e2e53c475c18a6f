from typing import Literal

ErrorDetailType = Literal[
    "authentication_error",
    "invalid_request_error",
    "permission_error",
    "rate_limit_error",
    "server_error",
    "server_full_error",
]

ERROR_DETAIL_TYPE_VALUES: set[ErrorDetailType] = {
    "authentication_error",
    "invalid_request_error",
    "permission_error",
    "rate_limit_error",
    "server_error",
    "server_full_error",
}


def check_error_detail_type(value: str) -> ErrorDetailType:
    if value in ERROR_DETAIL_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {ERROR_DETAIL_TYPE_VALUES!r}"
    )
