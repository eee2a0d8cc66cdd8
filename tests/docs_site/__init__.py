"""The documentation site: what ``make docs`` builds of ``docs/``, and what it refuses."""
