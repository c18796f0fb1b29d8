"""The video library: what a recording is, where its frames lie, and how working copies of it are made.

No Django, no database, no process started but ffmpeg (through ``workers.exec``). Everything here that opens media runs
inside the sandbox as ``python -m workers.media``; outside it only the light modules (``reports``, ``frame_index``) may
be imported.
"""
