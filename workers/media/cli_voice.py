"""The command line of what is heard: voice, transcribe. Heavy imports wait until one runs."""

import argparse
from pathlib import Path
from typing import Any

VOICE_TOLD = "Where somebody speaks, by a voice activity detector: not who, and not what."

WORDS_TOLD = (
    "Words with times and confidence, by a small model that is an extra (requirements/transcript.txt). To search by "
    "and to propose by: one word in five may be wrong, and times a second off."
)


def register(operations: Any) -> None:
    """Add the operations to argparse's subparsers."""
    voice = operations.add_parser("voice", help="where somebody speaks", description=VOICE_TOLD)
    voice.add_argument("source", type=Path)
    voice.add_argument("out", type=Path, nargs="?", help="where to write the stretches; the summary alone if left out")
    voice.set_defaults(run=_voice)

    words = operations.add_parser("transcribe", help="what is said, word by word", description=WORDS_TOLD)
    words.add_argument("source", type=Path)
    words.add_argument("out", type=Path)
    words.add_argument("--language", default="en", help="two letters; en where left out")
    words.set_defaults(run=_transcribe)


def _voice(args: argparse.Namespace) -> object:
    from workers.media.voice import voice  # noqa: PLC0415 - models load only where they are used

    return voice(args.source, args.out)


def _transcribe(args: argparse.Namespace) -> object:
    from workers.media.transcript import transcribe  # noqa: PLC0415 - as above

    return transcribe(args.source, args.out, language=args.language)
