from typing import Literal

ChatRequestServiceTierType0 = Literal["auto", "default"]

CHAT_REQUEST_SERVICE_TIER_TYPE_0_VALUES: set[ChatRequestServiceTierType0] = {
    "auto",
    "default",
}


def check_chat_request_service_tier_type_0(value: str) -> ChatRequestServiceTierType0:
    if value in CHAT_REQUEST_SERVICE_TIER_TYPE_0_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {CHAT_REQUEST_SERVICE_TIER_TYPE_0_VALUES!r}"
    )
