"""What an ablation keeps of itself: its settings, and a mark in the folder of each finished run."""

import json
from typing import TypedDict

from uas_training.ablation.config import AblationConfig, Run, run_folder, run_stage_config
from uas_training.config import ConfigError
from uas_training.run_stage import fingerprint
from uas_training.whole_files import write_whole

SETTINGS, RESULT = "settings.json", "result.json"
# Arms and seeds may be added later; how fast a machine is changes nothing.
_FREE = {"output", "arms", "learning_of", "seeds", "pace"}


class Result(TypedDict):
    """A finished run. ``seconds`` is None where it was stopped on the way."""

    fingerprint: str
    seconds: float | None


def check_settings(config: AblationConfig) -> None:
    """Keep the settings of a new ablation; refuse other ones for a folder that has some.

    Raises:
        ConfigError: names the first key that is another one.
    """
    path = config.output / SETTINGS
    own = config.model_dump(mode="json", exclude=_FREE)
    if not path.is_file():
        write_whole(path, json.dumps(own, indent=1) + "\n")
        return
    kept = json.loads(path.read_text(encoding="utf-8"))
    for key, value in own.items():
        if kept.get(key) != value:
            raise ConfigError(
                f"{config.output} holds an ablation with another {key!r}; give a new output "
                "folder, or remove that one"
            )


def read_result(config: AblationConfig, run: Run) -> Result | None:
    """The mark of a finished run; None where it is not finished.

    Raises:
        ConfigError: the folder's run was of another configuration.
    """
    path = run_folder(config, run) / RESULT
    if not path.is_file():
        return None
    result: Result = json.loads(path.read_text(encoding="utf-8"))
    if result["fingerprint"] != fingerprint(run_stage_config(config, run)):
        raise ConfigError(
            f"{run_folder(config, run)} was made by another configuration; give a new output "
            "folder or remove it"
        )
    return result


def write_result(config: AblationConfig, run: Run, seconds: float | None) -> None:
    """Mark a run as finished."""
    made = fingerprint(run_stage_config(config, run))
    text = json.dumps(Result(fingerprint=made, seconds=seconds)) + "\n"
    write_whole(run_folder(config, run) / RESULT, text)
