"""外发: written with the event, sent after it, once; without amounts; off until somebody switches it on."""

from __future__ import annotations

import email
import http.server
import json
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import apprise
import pytest
import sqlalchemy as sa
from flask import Flask

from app import models as m
from app import outbox as worker
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import ChannelKind, OutboxState
from app.errors import AlreadyThere, BusinessError, MissingData, NotAllowed, WrongState
from app.unit_of_work import create, fire, together
from app.workflows.system import channel, outbox
from tests.kit import D, World, on_both, on_postgres
from tests.security.lab import raw, text
from tests.stories import hire, pays, send

S = OutboxState


class Robot(http.server.ThreadingHTTPServer):
    """A group robot on this machine: keeps what it is told, answers as it is bidden."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.answers: list[int] = []
        robot = self

        class Ear(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                robot.heard.append(json.loads(body))
                self.send_response(robot.answers.pop(0) if robot.answers else 200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(b'{"errcode": 0, "code": 0, "StatusCode": 0}')

            def log_message(self, *_words: Any) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Ear)

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.server_address[1]}/hook"


class Post(socketserver.ThreadingTCPServer):
    """A mail server on this machine that takes everything."""

    allow_reuse_address = True

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], str]] = []
        post = self

        class Counter(socketserver.StreamRequestHandler):
            def say(self, line: str) -> None:
                self.wfile.write(line.encode() + b"\r\n")

            def handle(self) -> None:
                to: list[str] = []
                self.say("220 here")
                for line in self.rfile:
                    word = line.decode().strip()
                    if word.upper().startswith("RCPT"):
                        to.append(word.split(":", 1)[1].strip(" <>"))
                    if word.upper() == "DATA":
                        self.say("354 go on")
                        parts = []
                        for part in self.rfile:
                            if part == b".\r\n":
                                break
                            parts.append(part.decode())
                        post.mails.append((to, "".join(parts)))
                    if word.upper() == "QUIT":
                        self.say("221 bye")
                        return
                    self.say("250 fine")

        super().__init__(("127.0.0.1", 0), Counter)

    @property
    def address(self) -> str:
        return f"mailto://127.0.0.1:{self.server_address[1]}?from=tiema@example.com&mode=insecure"


def serving(server: Any) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def robot() -> Iterator[Robot]:
    yield from serving(Robot())


@pytest.fixture
def post() -> Iterator[Post]:
    yield from serving(Post())


@pytest.fixture(autouse=True)
def _only_here(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "NOTICE_HOSTS", ["127.0.0.1"])


def opened(
    world: World, address: str, kind: ChannelKind = ChannelKind.WEBHOOK, name: str = "群", **for_whom: Any
) -> m.NoticeChannel:
    """A channel with an address, switched on."""
    admin = world["sysadmin"]
    made = create(m.NoticeChannel, {"name": name, "kind": kind}, by=admin)
    fire(made, "set_address", by=admin, address=address)
    if for_whom:
        fire(made, "serve", by=admin, **{"roles": [], "kinds": [], **for_whom})
    return fire(made, "switch_on", by=admin)


def wants(world: World, who: str, *kinds: str) -> None:
    together(lambda: outbox.prefer(world[who].employee_id or 0, f"{who}@example.com", list(kinds)), by=SYSTEM)


def submitted(world: World, number: int = 1) -> str:
    """A contract that waits for the sales manager; gives its number."""
    paper = world.contract(world.company(number=number), world.contact(number=number), None,
                           lines=[{"model": world.row(m.MachineModel, model="HT75"), "unit_price": D(391_234)}])  # fmt: skip
    return str(fire(paper, "submit", by=world["sales1"]).number)


def sent_all() -> int:
    count = 0
    while worker.send_next():
        count += 1
    return count


def messages(world: World) -> list[Any]:
    return world.rows(m.OutboxMessage)


# -- off by default, on when somebody says so -------------------------------------------------------------------


def test_nothing_leaves_the_house_unless_a_channel_is_switched_on(world: World, robot: Robot) -> None:
    wants(world, "sales_manager", "MachineContract")
    submitted(world)
    made = opened(world, robot.address)
    fire(made, "switch_off", by=world["sysadmin"])
    submitted(world, 2)
    assert messages(world) == [] and not worker.send_next() and robot.heard == []


@on_both
def test_a_robot_hears_once_of_an_event_after_it_was_written(world: World, robot: Robot) -> None:
    opened(world, robot.address)
    paper = submitted(world)
    (message,) = messages(world)
    assert message.state is S.WAITING and robot.heard == []
    assert worker.send_next() and not worker.send_next()
    (heard,) = robot.heard
    assert paper in heard["message"] and "请登录" in heard["message"]
    (message,) = messages(world)
    assert (message.state, message.tries, message.error) == (S.SENT, 1, None) and message.sent_at


def test_an_event_that_is_rolled_back_is_never_told(world: World, robot: Robot, monkeypatch: Any) -> None:
    opened(world, robot.address)
    paper = world.contract(world.company(), world.contact(), None)
    with monkeypatch.context() as broken:
        broken.setattr(db.session, "commit", lambda: (_ for _ in ()).throw(RuntimeError("power")))
        with pytest.raises(RuntimeError):
            fire(paper, "submit", by=world["sales1"])
    db.session.rollback()
    assert messages(world) == [] and not worker.send_next() and robot.heard == []


def test_a_group_hears_no_amount_no_customer_and_only_its_kinds_and_roles(world: World, robot: Robot) -> None:
    opened(world, robot.address, name="一", kinds=["Receipt"])
    opened(world, robot.address, name="二", roles=["finance"])
    submitted(world)
    assert messages(world) == []  # neither the kind nor the role
    opened(world, robot.address, name="三", roles=["sales_manager"], kinds=["MachineContract", "Receipt"])
    paper = submitted(world, 2)
    assert sent_all() == 1
    told = json.dumps(robot.heard, ensure_ascii=False)
    assert paper in told and "391" not in told and "测试土石方" not in told


def test_two_people_who_hear_of_one_event_are_one_message_to_the_group(world: World, robot: Robot) -> None:
    hire(world, "sales_manager9", "周二", ["sales_manager"], number="181", department="XSB")
    opened(world, robot.address)
    submitted(world)
    assert len(messages(world)) == 1


# -- mail -------------------------------------------------------------------------------------------------------


@on_both
def test_who_chose_a_kind_gets_it_by_mail_and_nobody_else(world: World, post: Post) -> None:
    opened(world, post.address, ChannelKind.MAIL)
    wants(world, "finance", "MachineContract")  # does not hear of this one
    wants(world, "gm", "Receipt")
    submitted(world)
    assert messages(world) == []
    wants(world, "sales_manager", "MachineContract", "Receipt")
    paper = submitted(world, 2)
    assert sent_all() == 1
    ((to, mail),) = post.mails
    assert to == ["sales_manager@example.com"]
    parts = [
        p.get_payload(decode=True).decode() for p in email.message_from_string(mail).walk() if not p.is_multipart()
    ]
    assert paper in "".join(parts)


def test_amounts_are_blanked_whoever_reads(world: World) -> None:
    assert outbox.discreet("ZJHT-20250305-0001 欠 1,050,000.00 元，差 -0.50") == "ZJHT-20250305-0001 欠 *** 元，差 ***"
    assert outbox.discreet("数量 3.000 件，2025-03-05") == "数量 3.000 件，2025-03-05"


def test_no_message_of_a_whole_sale_holds_an_amount(world: World, robot: Robot, post: Post) -> None:
    """Everything a sale tells, to everybody, through both ways."""
    opened(world, robot.address, name="群")
    opened(world, post.address, ChannelKind.MAIL, name="邮件")
    kinds = [n for n, e in m.ENTITIES.items() if issubclass(e, m.Document)]
    for who in list(world.people):
        wants(world, who, *kinds)
    customer, unit = world.company(), world.unit()
    contract = world.approved(world.contract(customer, world.contact(), unit))
    pays(world, customer, list(world.debts(contract).values()))
    send(world, contract)
    told = messages(world)
    assert len(told) >= 10 and {x.to for x in told} >= {None, "sales1@example.com", "finance@example.com"}
    assert not [x for x in told if outbox.AMOUNT.search(x.subject + x.body)]


def test_a_person_chooses_on_his_own_page(site: World) -> None:
    browser = site.browser("tech1")
    page = text(browser.get("/notificationview/preferences"))
    assert "服务工单" in page and "收款单" not in page  # kinds he may open
    for typed in ("nobody", "a b@c.cn", "x@y.cn,z@y.cn", "a@b.cn&to=c@d.cn", ""):
        answer = browser.post("/notificationview/preferences", {"mail": typed, "kinds": ["WorkOrder"]})
        assert "请填写收件邮箱" in text(answer), typed
    answer = browser.post(
        "/notificationview/preferences", {"mail": "li@example.com", "kinds": ["WorkOrder", "Receipt"]}
    )
    assert answer.status_code == 302  # what he may not open is left out
    with site.app.app_context():
        (wish,) = raw(m.NoticePreference)
        assert (wish.employee_id, wish.mail, wish.kinds) == (site["tech1"].employee_id, "li@example.com", "WorkOrder")
    page = text(browser.get("/notificationview/preferences"))
    assert 'value="li@example.com"' in page and 'value="WorkOrder" checked' in page
    assert site.browser("tech2").get("/notificationview/preferences").get_data(as_text=True).count("checked") == 0
    assert browser.post("/notificationview/preferences", {"mail": ""}).status_code == 302
    with site.app.app_context():
        assert (raw(m.NoticePreference)[0].mail, raw(m.NoticePreference)[0].kinds) == (None, "")


# -- what goes wrong ---------------------------------------------------------------------------------------------


def due(world: World) -> None:
    """Time passes until the next attempt."""
    table = m.OutboxMessage.__table__
    db.session.execute(sa.update(table).values(next_try_at=sa.func.coalesce(table.c.claimed_at, table.c.next_try_at)))
    db.session.commit()


@on_both
def test_a_robot_that_refuses_is_tried_again_later_and_in_the_end_given_up(world: World, robot: Robot) -> None:
    opened(world, robot.address)
    submitted(world)
    robot.answers = [500] * 99
    for attempt in range(1, len(worker.PAUSES) + 2):
        assert worker.send_next(), attempt
        assert not worker.send_next(), "not before its time"
        (message,) = messages(world)
        assert message.tries == attempt and "500" in message.error and str(robot.server_address[1]) not in message.error
        if attempt <= len(worker.PAUSES):
            assert message.state is S.WAITING
            assert message.next_try_at >= message.claimed_at + worker.PAUSES[attempt - 1]
        due(world)
    assert messages(world)[0].state is S.GIVEN_UP and len(robot.heard) == len(worker.PAUSES) + 1
    robot.answers = []
    fire(messages(world)[0], "resend", by=world["sysadmin"])
    assert worker.send_next()
    (message,) = messages(world)
    assert (message.state, message.tries, message.error) == (S.SENT, 1, None)


def test_nobody_listens(world: World) -> None:
    opened(world, "json://127.0.0.1:9/hook")
    submitted(world)
    assert worker.send_next()
    (message,) = messages(world)
    assert message.state is S.WAITING and message.error and "127.0.0.1" not in message.error


def test_a_host_that_is_not_allowed_is_never_called(world: World, robot: Robot, app: Flask, monkeypatch: Any) -> None:
    opened(world, robot.address)
    submitted(world)
    monkeypatch.setitem(app.config, "NOTICE_HOSTS", ["qyapi.weixin.qq.com"])
    assert worker.send_next() and robot.heard == []
    assert "设置不允许" in messages(world)[0].error


def test_the_names_of_the_big_robots_lead_to_their_own_hosts() -> None:
    for address, host in (
        ("wecombot://0123456789abcdef/", "qyapi.weixin.qq.com"),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0123456789abcdef", "qyapi.weixin.qq.com"),
        ("dingtalk://" + "a" * 32, "oapi.dingtalk.com"),
        ("feishu://0123456789abcdef", "open.feishu.cn"),
        ("mailtos://u:p@smtp.example.com?from=u@example.com", "smtp.example.com"),
    ):
        assert worker.host_of(apprise.Apprise.instantiate(address)) == host, address


def test_a_delivery_that_never_reported_back_is_not_repeated_by_itself(world: World, robot: Robot) -> None:
    opened(world, robot.address)
    submitted(world)
    assert worker._claim() is not None and worker._claim() is None
    assert worker.reap() == 0
    table = m.OutboxMessage.__table__
    db.session.execute(sa.update(table).values(claimed_at=table.c.created_at))
    db.session.execute(sa.update(table).values(claimed_at=worker.clock.now() - timedelta(minutes=6)))
    db.session.commit()
    assert worker.reap() == 1 and not worker.send_next() and robot.heard == []
    (message,) = messages(world)
    assert message.state is S.UNSURE and "不知道有没有送达" in message.error
    fire(message, "discard", by=world["sysadmin"])
    with pytest.raises(WrongState):
        fire(message, "resend", by=world["sysadmin"])


def test_what_waits_when_a_channel_is_switched_off_is_not_sent_later(world: World, robot: Robot) -> None:
    made = opened(world, robot.address)
    submitted(world)
    fire(made, "switch_off", by=world["sysadmin"])
    fire(made, "switch_on", by=world["sysadmin"])
    assert not worker.send_next() and messages(world)[0].state is S.DISCARDED
    with pytest.raises(WrongState):
        fire(fire(made, "switch_off", by=world["sysadmin"]), "switch_off", by=world["sysadmin"])


@on_postgres
def test_many_workers_send_each_message_once(site: World, robot: Robot) -> None:
    with site.app.app_context(), acting_as(SYSTEM):
        pk = opened(site, robot.address).id
        words = [{"subject": f"S{n}", "body": f"消息{n}"} for n in range(40)]
        for one in words:
            db.session.add(m.OutboxMessage(channel_id=pk, **one))
        db.session.commit()
        db.session.remove()

    def work() -> None:
        with site.app.app_context():
            while worker.send_next():
                pass

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    heard = [one["message"] for one in robot.heard]
    assert sorted(heard) == sorted(f"消息{n}" for n in range(40))
    with site.app.app_context():
        assert {(x.state, x.tries) for x in raw(m.OutboxMessage)} == {(S.SENT, 1)}


@on_postgres
def test_the_same_event_told_by_two_at_once_is_one_message(site: World, robot: Robot) -> None:
    """The unique key decides; the second transaction is tried again and finds the message there."""
    with site.app.app_context(), acting_as(SYSTEM):
        made = opened(site, robot.address)
        paper = site.contract(site.company(), site.contact(), None)
        pk, channel_id = paper.id, made.id
        db.session.remove()
    barrier = threading.Barrier(2)

    def tell() -> None:
        with site.app.app_context():
            first = [True]

            def work() -> None:
                document = site.row(m.MachineContract, id=pk)
                note = m.Notification(to_id=site["gm"].employee_id, subject="事")
                db.session.add(note)
                if first.pop() if first else False:
                    barrier.wait()
                outbox.announce(document, "once", {site["gm"].employee_id or 0: site["gm"]}, note)

            together(work, by=SYSTEM)
            db.session.remove()

    threads = [threading.Thread(target=tell) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with site.app.app_context():
        assert [x.dedupe_key for x in raw(m.OutboxMessage)] == [f"{channel_id}:MachineContract:{pk}:once:group"]


# -- the administrator's screen ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (ChannelKind.WECOM, "json://127.0.0.1/x"), (ChannelKind.MAIL, "wecombot://0123456789abcdef/"), (ChannelKind.FEISHU, ""),
        (ChannelKind.WEBHOOK, "file:///etc/passwd"), (ChannelKind.WEBHOOK, "http://"), (ChannelKind.DINGTALK, "钉钉"),
        (ChannelKind.WEBHOOK, "mailto://127.0.0.1?from=a@b.cn"), (ChannelKind.WEBHOOK, "syslog://localhost"),
    ],
)  # fmt: skip
def test_an_address_of_another_kind_is_refused(world: World, kind: ChannelKind, address: str) -> None:
    made = create(m.NoticeChannel, {"name": "群", "kind": kind}, by=world["sysadmin"])
    with pytest.raises(MissingData) as told:
        fire(made, "set_address", by=world["sysadmin"], address=address)
    assert told.value.field == "address" and (":" not in address or address not in str(told.value))
    assert "jsons://（https）" in str(told.value) or kind is not ChannelKind.WEBHOOK  # how a robot's address is written
    with pytest.raises(MissingData):
        fire(made, "switch_on", by=world["sysadmin"])


def test_a_trial_goes_out_though_the_channel_is_off(world: World, robot: Robot, post: Post) -> None:
    made = create(m.NoticeChannel, {"name": "群", "kind": ChannelKind.WEBHOOK}, by=world["sysadmin"])
    with pytest.raises(MissingData):
        fire(made, "try_out", by=world["sysadmin"])
    fire(made, "set_address", by=world["sysadmin"], address=robot.address)
    fire(made, "try_out", by=world["sysadmin"])
    assert worker.send_next() and "试发" in robot.heard[0]["message"] and "郑凯" in robot.heard[0]["message"]
    mail = create(m.NoticeChannel, {"name": "邮件", "kind": ChannelKind.MAIL}, by=world["sysadmin"])
    fire(mail, "set_address", by=world["sysadmin"], address=post.address)
    for wrong in (None, "", "x", "a@b"):
        with pytest.raises(MissingData):
            fire(mail, "try_out", by=world["sysadmin"], to=wrong)
    fire(mail, "try_out", by=world["sysadmin"], to="zheng@example.com")
    assert worker.send_next() and post.mails[0][0] == ["zheng@example.com"]


def test_nobody_but_the_administrator_keeps_channels(world: World, robot: Robot) -> None:
    made = opened(world, robot.address)
    for who in ("gm", "finance", "sales1", "clerk"):
        for verb, asked in (("switch_off", {}), ("set_address", {"address": robot.address}), ("try_out", {})):
            with pytest.raises((NotAllowed, BusinessError)):
                fire(made, verb, by=world[who], **asked)
    with pytest.raises(AlreadyThere):
        create(m.NoticeChannel, {"name": "群", "kind": ChannelKind.WEBHOOK}, by=world["sysadmin"])


def test_the_pages_of_channels_work_from_end_to_end(site: World, robot: Robot) -> None:
    admin = site.browser("sysadmin")
    made = admin.submit("/noticechannelview/add", {"name": "售后群", "kind": "WEBHOOK"}).headers["Location"]
    pk = made.rsplit("/", 1)[1]
    assert admin.post(f"/noticechannelview/ask/set_address/{pk}", {"address": "nonsense"}).status_code == 422
    assert admin.post(f"/noticechannelview/ask/set_address/{pk}", {"address": robot.address}).status_code == 302
    assert (
        admin.post(f"/noticechannelview/ask/serve/{pk}", {"roles": ["gm"], "kinds": ["MachineContract"]}).status_code
        == 302
    )
    page = text(admin.get(f"/noticechannelview/ask/serve/{pk}"))
    assert 'value="gm" checked' in page and 'value="MachineContract" checked' in page
    assert admin.post(f"/noticechannelview/action/switch_on/{pk}").status_code == 302
    assert admin.post(f"/noticechannelview/ask/try_out/{pk}", {"to": ""}).status_code == 302
    page = text(admin.get(f"/noticechannelview/show/{pk}"))
    assert "总经理" in page and "整机合同" in page and "待发送" in page
    assert admin.get("/outboxmessageview/list/").status_code == 200
    assert site.browser("gm").get("/noticechannelview/list/").status_code == 403
    assert channel.hint("wecombot://0123456789abcdef/").startswith("wecombot://") and "456789" not in channel.hint(
        "wecombot://0123456789abcdef/"
    )
