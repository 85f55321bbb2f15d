"""What a verb has to ask, chapter by chapter. One class per question paper; `about(row)` fills in what is known."""

from .counting import *
from .coupons import *
from .crm import *
from .finance import *
from .machines import *
from .opinion import *
from .organisation import *
from .parts import *
from .requests import *
from .service import *
