"""`python -m uas_cli` is `uas`."""

import sys

from uas_cli.main import main

sys.exit(main())
