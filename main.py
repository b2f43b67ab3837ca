"""Start Maskloop: the window on a folder, or one of the commands that need no window."""

import sys

from app.cli import main

if __name__ == "__main__":
    sys.exit(main())
