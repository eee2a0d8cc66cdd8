"""What people are shown and warned of: the alarms of a stack, and its dashboard."""
