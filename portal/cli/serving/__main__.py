"""`python -S portal/cli/serving`: what `portal run` and `portal serve` become. Whoever loads makes up for the -S."""

import sys

# Python looks in the folder of this file first: three floors down from where `portal` is
sys.path[0] = __file__.rsplit("/", 4)[0]

from portal.cli.serving.options import Options  # noqa: E402
from portal.cli.serving.parent import Parent  # noqa: E402

if __name__ == "__main__":
    sys.exit(Parent(Options.read(sys.argv[1:])).run())
