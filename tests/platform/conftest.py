"""The two-salespeople books of the security tests serve here as well."""

from tests.security.conftest import _drop_copies, lab

__all__ = ["_drop_copies", "lab"]
