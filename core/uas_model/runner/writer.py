"""The decoding loop: from scores of next tokens to a text that obeys its constraint.

Literals are put in without asking the model and computed together with whatever needs a score
next; closed values are scored as whole texts in one pass; free slots go token by token under a
guide. Knows nothing of UAS, audio or how the scores are made.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import torch
from torch import Tensor

from uas_model.runner.constraints import ANY_TEXT, Choice, Regex
from uas_model.runner.forward import Forward
from uas_model.runner.guides import GuideCache
from uas_model.runner.output import Ended, Output
from uas_model.runner.repetition import goes_in_circles
from uas_model.runner.request import Final, Finish, GenerateRequest, Hooks
from uas_model.runner.trie import ROOT, TokenTrie
from uas_schema.skeleton import Literal, Repeat, Slot

LOWEST = torch.finfo(torch.float32).min


class TextCodec(Protocol):
    """Text to token ids and back, control tokens off."""

    def encode_text(self, text: str) -> list[int]:
        """Token ids of plain text."""
        ...

    @property
    def token_bytes(self) -> Sequence[bytes]:
        """Bytes of every token, empty for control tokens."""
        ...

    @property
    def eos_id(self) -> int:
        """The token that ends an answer."""
        ...


class Vocabulary:
    """A codec with the guides and tries that are compiled over it; shared by all generations."""

    def __init__(
        self, codec: TextCodec, vocabulary_size: int, pinned: Sequence[str] = (ANY_TEXT,)
    ) -> None:
        self.size = vocabulary_size
        self.end_id = codec.eos_id
        self.token_bytes = codec.token_bytes
        self.encode = lru_cache(maxsize=1024)(lambda text: tuple(codec.encode_text(text)))
        self.trie = lru_cache(maxsize=256)(self._trie)
        self.guides = GuideCache(
            dict(enumerate(codec.token_bytes)),
            end_id=codec.eos_id,
            vocabulary_size=vocabulary_size,
            pinned=pinned,
        )
        (self.quote_id,) = self.encode('"')

    def _trie(self, texts: tuple[str, ...]) -> TokenTrie:
        return TokenTrie.of_texts([self.encode(text) for text in texts], self.end_id)


class Writer:
    """One generation. Create, `write` once, throw away."""

    def __init__(
        self,
        forward: Forward,
        vocabulary: Vocabulary,
        request: GenerateRequest,
        start_ids: Sequence[int],
        hooks: Hooks,
    ) -> None:
        self._forward = forward
        self._vocabulary = vocabulary
        self._request = request
        self._hooks = hooks
        self._pending = list(start_ids)
        self._output = Output(request, vocabulary.token_bytes, hooks.say)
        self._looped = False
        self._probs: dict[str, dict[str, float]] = {}
        self._random = torch.Generator()
        if request.seed is None:
            self._random.seed()
        else:
            self._random.manual_seed(request.seed)

    def write(self) -> Final:
        """Generate until the constraint is complete or something ends it. Says text on the way.

        Raises `PatternError` when the constraint cannot be compiled.
        """
        try:
            self._obey()
            finish: Finish = "repetition" if self._looped else "stop"
        except Ended as ended:
            finish = ended.finish
        return self._output.final(finish, self._probs)

    def _obey(self) -> None:
        constraint = self._request.constraint
        if constraint is None:
            self._fill(ANY_TEXT)
        elif isinstance(constraint, Regex):
            self._fill(constraint.pattern)
        elif isinstance(constraint, Choice):
            self._choose("choice", constraint.texts)
        else:
            for node in constraint:
                self._node(node)

    def _node(self, node: Literal | Slot | Repeat) -> None:
        if isinstance(node, Literal):
            self._emit(self._vocabulary.encode(node.text), forced=True)
        elif isinstance(node, Repeat):
            self._repeat(node)
        elif node.values is not None:
            self._choose(node.name, node.values)
        else:
            self._fill(node.pattern)

    def _repeat(self, node: Repeat) -> None:
        going_on, end = node.first, node.end_empty
        while self._choose(None, (going_on, end)) == 0:
            for part in node.item:
                self._node(part)
            going_on, end = node.more, node.end

    def _choose(self, name: str | None, texts: tuple[str, ...]) -> int:
        """Score all of `texts` as wholes in one pass, take one, and return its number."""
        trie = self._vocabulary.trie(texts)
        self._before_pass()
        rows = self._forward.tree(self._pending, trie).log_softmax(dim=-1)
        scores = torch.stack([_path_score(rows, trie, index) for index in range(len(texts))])
        scores = _finite(scores)
        probs = scores.double().softmax(dim=0)
        if name is not None:
            self._probs[name] = dict(zip(texts, probs.tolist(), strict=True))
        chosen = self._pick(scores)
        nodes = trie.nodes_on(chosen)
        self._forward.keep(nodes)
        path = trie.paths[chosen]
        self._pending = []
        self._emit(path[:-1] if path[-1] == self._vocabulary.end_id else path, forced=False)
        del self._pending[: len(nodes)]
        return chosen

    def _fill(self, pattern: str) -> None:
        """Generate token by token under `pattern` until nothing more may follow."""
        guide = self._vocabulary.guides.get(pattern)
        state = guide.start
        recent: list[int] = []
        while not guide.must_end(state):
            self._before_pass()
            scores = _finite(self._forward.chain(self._pending))
            self._pending = []
            token = self._pick(scores.masked_fill(guide.forbidden(state), -torch.inf))
            if token == self._vocabulary.end_id:
                return
            self._emit((token,), forced=False)
            state = guide.after(state, token)
            recent.append(token)
            if not goes_in_circles(recent):
                continue
            self._looped = True
            if guide.is_complete(state):
                return
            quote = self._vocabulary.quote_id
            if guide.allows(state, quote):
                self._emit((quote,), forced=True)
                state = guide.after(state, quote)
                recent.clear()

    def _pick(self, scores: Tensor) -> int:
        """Take the best of `scores [N]`, or draw one when there is a temperature."""
        temperature = self._request.temperature
        if temperature == 0:
            return int(scores.argmax())
        weights = ((scores - scores.max()) / temperature).softmax(dim=0)
        return int(torch.multinomial(weights, 1, generator=self._random))

    def _before_pass(self) -> None:
        reason = self._hooks.interrupted()
        if reason is not None:
            raise Ended(reason)
        if self._output.room <= 0:
            raise Ended("length")

    def _emit(self, ids: Sequence[int], *, forced: bool) -> None:
        """Put `ids` behind the text as far as the budget goes, and say what became whole."""
        taken = self._output.emit(ids, forced=forced)
        self._pending.extend(taken)
        if len(taken) < len(ids):
            raise Ended("length")


def _path_score(rows: Tensor, trie: TokenTrie, index: int) -> Tensor:
    """Log-probability of a whole path; row 0 is the one before the tree."""
    steps = torch.tensor(trie.steps[index]) - ROOT
    return rows[steps, torch.tensor(trie.paths[index])].sum()


def _finite(scores: Tensor) -> Tensor:
    """Scores that always have a greatest one, whatever a model gave."""
    return scores.nan_to_num(nan=LOWEST, posinf=-LOWEST, neginf=LOWEST)
