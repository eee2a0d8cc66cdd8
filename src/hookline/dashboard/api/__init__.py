"""The JSON API. One table of operations makes the routes and the OpenAPI document.

To add an operation: write the view or the action, write its schema beside it, and add an ``Operation`` to the module of its subject here;
``table.py`` lists the modules.
"""

__all__: list[str] = []
