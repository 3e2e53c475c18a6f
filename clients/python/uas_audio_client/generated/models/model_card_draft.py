from typing import Literal

ModelCardDraft = Literal["forced", "none", "prompt"]

MODEL_CARD_DRAFT_VALUES: set[ModelCardDraft] = {
    "forced",
    "none",
    "prompt",
}


def check_model_card_draft(value: str) -> ModelCardDraft:
    if value in MODEL_CARD_DRAFT_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {MODEL_CARD_DRAFT_VALUES!r}"
    )
