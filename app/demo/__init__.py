"""A small living dealer, 安徽铁马机械, built by named people firing verbs: nothing is put into the books by hand.

3 departments, 14 accounts with one password, 30 customers, 25 machines, 12 contracts in every state.
"""

from .build import PASSWORD, build, is_empty

__all__ = ["PASSWORD", "build", "is_empty"]
