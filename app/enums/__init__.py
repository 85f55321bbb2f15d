"""Every state and choice list, its label attached; named groups of states stand beside them.

A member is `NAME = _("Label")` or `NAME = _("Label"), "tone"`; tones colour the badge:
grey draft, orange waiting, blue approved, violet running, green done, red late or refused.
The database stores the name.
"""

from .choice import Choice as Choice
from .coupons import *
from .credit import *
from .crm import *
from .finance import *
from .machines import *
from .organisation import *
from .parts import *
from .printing import *
from .reports import *
from .service import *
from .system import *
from .warranty import *
