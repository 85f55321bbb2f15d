"""The demo dealer's own papers: what stands on every print, with logo and seal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import models as m
from ..enums import AttachmentKind as K
from ..unit_of_work import change, together
from ..workflows.system import attachment
from ..workflows.system.dealer import the_dealer
from . import pictures

if TYPE_CHECKING:
    from .build import Demo

PROFILE = {
    "tax_number": "91340100MA2TM00001",
    "address": "安徽省合肥市经济技术开发区繁华大道 1 号",
    "phone": "0551-65432100",
    "bank_accounts": "中国建设银行合肥开发区支行 3400 1234 5678 9012 345\n徽商银行合肥繁华支行 1023 4567 8901 2345",
}


class HouseStory:
    """The administrator fills the profile in on the first day."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo

    def tell(self) -> None:
        with self.demo.on(2), self.demo.do("sysadmin"):
            dealer = the_dealer()
            assert dealer is not None
            change(dealer, PROFILE)
            for kind, name, picture in (
                (K.LOGO, "公司标志.png", pictures.logo()),
                (K.SEAL, "公章.png", pictures.seal()),
            ):
                together(
                    lambda kind=kind, name=name, picture=picture: attachment.attach(dealer, kind, name, picture),
                    entity=m.Attachment,
                )  # type: ignore[misc]
