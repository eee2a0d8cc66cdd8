"""The actions of operators in the control room: each has a plan that changes nothing, and a run that needs a reason and is audited.

An action is a function of a ``ControlRoom`` and parameters, like a view; ``room.principal`` is the actor, and ``room.run(reason)`` is the
entry for the audit log.
"""

__all__: list[str] = []
