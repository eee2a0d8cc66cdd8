"""The memory backend: complete, lost when the process ends, and the model that tests compare the other backends with."""
