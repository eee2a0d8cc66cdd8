"""The graph of AWS resources judged by a public tool, checkov, which runs in an environment of its own. ``make lint`` runs it."""
