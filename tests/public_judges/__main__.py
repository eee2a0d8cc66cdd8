"""Judge the default stack and one with every option: ``make lint`` runs this, and stops where it has something to say."""

from __future__ import annotations

import sys

from public_judges.stacks import judged, report

if __name__ == "__main__":
    lines = report(judged())
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.exit(1 if lines else 0)
