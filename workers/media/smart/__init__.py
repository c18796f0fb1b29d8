"""The smart render: packets of what is not touched are copied bit for bit, only what must change is encoded anew.

``plan`` says which frames are copied and which are encoded, ``stretch`` encodes one stretch, ``joining`` runs the plan
and writes the file, ``proof`` shows from two files and a statement which frames are the Master's. ``h264`` and
``coded`` read packets. What cannot be done so raises ``NotSmart``, and everything is encoded instead (``rendering``).
"""
