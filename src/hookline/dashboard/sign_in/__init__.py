"""Who looks at the control room: the login, its sessions, and the protection of forms against other sites."""

from hookline.dashboard.sign_in.gate import SESSION, SignIn

__all__ = ["SESSION", "SignIn"]
