"""Heard sounds against the truth, with credit for a label that is nearly right."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from uas_schema.document import UasDocument
from uas_schema.ontology import load_ontology, plain_name
from uas_training.rewards.overlap import word_overlap
from uas_training.rewards.task import Reply, Task
from uas_training.rewards.thresholds import load_thresholds


def events(reply: Reply, task: Task) -> float | None:
    """F1 of the event labels, each pair of labels counting by its similarity.

    Labels are matched one to one so that the sum of similarities is highest; that sum takes the
    place of the count of hits. 1 where there is nothing to hear and nothing is claimed. 0 for a
    reply that is wrong about the voice.
    """
    if task.item is not None or not task.events_are_known:
        return None
    if reply.document is None or not reply.heard_right_voice(task):
        return 0.0
    return soft_f1(_labels(reply.document), _labels(task.record.document))


def soft_f1(said: Sequence[str], true: Sequence[str]) -> float:
    """F1 with similarities in place of hits; a label that is said twice is a false claim."""
    if not said or not true:
        return float(not said and not true)
    table = np.array([[similarity(one, other) for other in true] for one in said])
    hits = table[linear_sum_assignment(table, maximize=True)].sum()
    return float(2 * hits / (len(said) + len(true)))


def similarity(said: str, true: str) -> float:
    """How like two labels are: 1 for the same label or its synonym.

    Else the overlap of their words ("dog" and "dog bark"), or ``same_category`` where the ontology
    puts both into one category, whichever is more.
    """
    ontology = load_ontology()
    names = [ontology.event(label) or plain_name(label) for label in (said, true)]
    if names[0] == names[1]:
        return 1.0
    categories = {ontology.category(label) for label in (said, true)}
    alike = len(categories) == 1 and categories != {None}
    return max(word_overlap(*names), load_thresholds().same_category if alike else 0.0)


def _labels(document: UasDocument) -> list[str]:
    """Labels of both lists, repeats included."""
    heard = document.non_linguistic_events
    return [event.label for event in (*heard.discrete_events, *heard.continuous_events)]
