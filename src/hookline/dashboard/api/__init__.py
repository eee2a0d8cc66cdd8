"""The JSON API. One table of operations makes the routes and the OpenAPI document.

To add an operation: write the view or the action with its schema, and add an ``Operation`` to the module of its subject here;
``table.py`` lists the modules.
"""

__all__: list[str] = []
