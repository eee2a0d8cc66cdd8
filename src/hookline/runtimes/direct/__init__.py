"""Commands on the files of a project, on a data directory, or on an environment on AWS: what they show, and what they do."""

__all__: list[str] = []
