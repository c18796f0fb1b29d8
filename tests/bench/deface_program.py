"""deface as its own program runs it, in an environment of its own: it wants another cv2 than the product.

The environment holds deface, onnx (without which deface takes the slower backend) and scikit-image.
"""

import sys
from pathlib import Path

from config.bootstrap.packages import REQUIREMENTS, UV, uv_environment
from config.bootstrap.system import run


def deface_environment(folder: Path) -> Path:
    """Make it as `folder`, from `requirements/bench.txt`, unless it is there. Raises SetupFailed."""
    if (folder / "bin" / "deface").is_file():
        return folder
    env = uv_environment()
    run([UV, "venv", "--quiet", "--python", sys.executable, folder], hint="", env=env)
    told: list[str | Path] = ["--quiet", "--compile-bytecode", "--python", folder / "bin" / "python"]
    run(
        [UV, "pip", "sync", *told, "--require-hashes", REQUIREMENTS / "bench.txt"],
        hint="Is the package index reachable?",
        env=env,
    )
    return folder


def astronaut(environment: Path) -> Path:
    """A portrait (NASA, public domain) that scikit-image brings along."""
    (picture,) = environment.glob("lib/*/site-packages/skimage/data/astronaut.png")
    return picture
