"""What operators do in the control room: each action has a plan that changes nothing, and a run that needs a reason and is audited.

An action is a function of a ``ControlRoom`` and parameters, as a view is; who acts is ``room.principal``, and ``room.run(reason)`` is what
the audit log gets.
"""

__all__: list[str] = []
