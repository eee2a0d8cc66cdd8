"""The graph of AWS resources judged by public tools, which run in an environment of their own. ``make lint`` runs them."""
