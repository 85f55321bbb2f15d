"""What a verb has to ask, chapter by chapter. One class per question paper; `about(row)` fills in what is known."""

from .checklists import *
from .counting import *
from .coupons import *
from .crm import *
from .finance import *
from .lists import *
from .machines import *
from .opinion import *
from .organisation import *
from .outbox import *
from .parts import *
from .printing import *
from .quality import *
from .requests import *
from .service import *
from .technician import *
from .warranty import *
