"""The program: `vision-app`, or `python -m vision_app`. Hears signals before anything else is imported."""

import os
import sys

from vision_app import interrupts


def main() -> int:
    """Run the command line, and end the process where an interrupt leaves threads behind.

    Returns:
        The exit code.
    """
    interrupts.install()
    # BLAS reads these when NumPy is imported, which the command line does: its own pool would fight with ONNX Runtime's
    # threads, and makes a head over time ten times slower to train
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    try:
        from vision_app.cli import main as run

        code = run()
    except KeyboardInterrupt:  # before the command line could say it
        sys.stderr.write("vision-app: interrupted\n")
        code = interrupts.EXIT_INTERRUPTED
    interrupts.ignore()
    if code == interrupts.EXIT_INTERRUPTED:
        interrupts.end_at_once(code)
    return code


if __name__ == "__main__":
    sys.exit(main())
