"""`python -m vision_app`: the same as the console script `vision-app`."""

import sys

from vision_app.cli import main

if __name__ == "__main__":
    sys.exit(main())
