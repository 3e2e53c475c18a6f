"""The child that compiles callers' schemas: one JSON line in, one JSON line out, until stdin ends.

It runs apart because a schema that passed every check may still be expensive; the parent kills it
when time is up and the kernel bounds its memory. `states` is exact: the automaton is built over
the 256 bytes, which takes milliseconds and bounds what any vocabulary will need.
"""

import json
import resource
import sys

from outlines.types.dsl import JsonSchema, to_regex
from outlines_core import Index, Vocabulary

MEMORY_BYTES = 1 << 30


def compile_schema(schema: dict[str, object]) -> dict[str, object]:
    """Pattern of the compact JSON texts of a schema, and the states of its automaton."""
    pattern = to_regex(JsonSchema(schema, whitespace_pattern="", ensure_ascii=False))
    index = Index(pattern, Vocabulary(256, {bytes([byte]): [byte] for byte in range(256)}))
    return {"pattern": pattern, "states": len(index.get_transitions())}


def main() -> None:
    """Answer until the parent closes the pipe."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        try:
            answer = compile_schema(json.loads(line))
        except Exception as error:  # a schema must not be able to end the child
            answer = {"error": type(error).__name__}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
