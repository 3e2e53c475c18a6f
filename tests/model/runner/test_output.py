"""What is put out is text, whatever bytes the tokens hold."""

from uas_model.runner.output import Output
from uas_model.runner.request import GenerateRequest

TOKENS = (b'"', b"\xe5", b"\xa5\xbd", b"")


def put_out(*ids: int) -> tuple[list[str], bytes]:
    said: list[str] = []
    output = Output(GenerateRequest("r", (1,), max_tokens=9), TOKENS, said.append)
    output.emit(ids, forced=False)
    final = output.final("stop", {})
    assert final.text == "".join(said)
    return said, final.tail


def test_a_character_may_lie_in_two_tokens() -> None:
    assert put_out(0, 1, 2, 0) == (['"好"'], b"")


def test_the_inside_of_a_character_alone_is_a_replacement() -> None:
    assert put_out(0, 2, 0) == (['"\ufffd\ufffd"'], b"")


def test_half_a_character_at_the_end_is_no_text() -> None:
    assert put_out(0, 1) == (['"'], b"\xe5")
