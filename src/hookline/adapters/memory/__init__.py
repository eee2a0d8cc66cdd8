"""Everything in this process's memory: a backend that works, is gone at the end, and is the model that the others are held against."""
