"""The login of the control room: accounts, sessions, and the identity provider."""

from hookline.dashboard.sign_in.gate import SESSION, SignIn

__all__ = ["SESSION", "SignIn"]
