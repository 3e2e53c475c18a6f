"""Rewards of stage ``grpo``: one pure function a file, from a reply and its task to [0, 1].

None means that a reward says nothing of a task; that depends on the task alone, never on the
reply, so replies to one task are always compared on the same terms.
"""
