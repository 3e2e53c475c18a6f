"""Long recordings, worked on in the background and kept until somebody fetches the result.

`submit` takes a recording in, `runner` works on it window by window, `webhooks` tells whoever asked
to be told, `housekeeping` throws away what is old. They meet in the database (`tables`, `records`,
`windows`, `deliveries`) and in one folder of audio files (`files`), never in memory: a process that
is killed loses the window under way and no more, and several processes share the work.
"""
