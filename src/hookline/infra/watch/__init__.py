"""The alarms of a stack and its dashboard."""
