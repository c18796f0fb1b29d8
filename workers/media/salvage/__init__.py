"""Salvage: a working copy out of a recording whose index is missing (an MP4 cut before its `moov`).

`profile` reads a camera's settings from a whole recording, `bits` the few fields of H.264 that are needed, `walk` finds
pictures and sound in the bytes, `order` gives them times, `making` writes the copy and says what was assumed.
"""
