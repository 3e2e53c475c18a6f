"""Stage ``adapt``: only ``multi_modal_projector`` learns.

The language model meets sound for the first time; its own weights must not pay for a projector
that still speaks noise.
"""

from typing import Any

from uas_training.config import AdaptConfig
from uas_training.loop import Group

PROJECTOR = "model.multi_modal_projector."


def projector_group(model: Any, rate: float) -> Group:
    """The projector's tensors under their names in ``model``."""
    weights = {
        name: weight for name, weight in model.named_parameters() if name.startswith(PROJECTOR)
    }
    return Group(rate, weights)


def trainable(model: Any, config: AdaptConfig) -> list[Group]:
    """What ``adapt`` moves."""
    return [projector_group(model, config.projector_rate)]
