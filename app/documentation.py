"""docs/generated: states, roles and the data dictionary, written from the code so that they cannot be wrong."""

from __future__ import annotations

import inspect
from typing import Any

import sqlalchemy as sa

from . import models as m
from . import taken_back
from .enums import NIGHTLY_JOBS, Choice, FulfilMode, RequestLineState
from .jobs import JOBS
from .reports import REPORTS
from .roles import ROLES, SECRETS, UNMASKED
from .workflows import machine
from .workflows.parts import inbound, transfer
from .workflows.service import emergency, fulfilment

HEAD = "<!-- written by `flask docs` from the code; do not edit -->\n\n"


def pages() -> dict[str, str]:
    """File name → text of every generated page."""
    written = {
        "states.md": states(),
        "roles.md": roles(),
        "dictionary.md": dictionary(),
        "emergency.md": emergency_ways(),
        "taken_back.md": taken_back.page(),
        "nights.md": nights(),
    }
    return {name: HEAD + text for name, text in written.items()}


def nights() -> str:
    """The jobs of a night in their order, as their functions say of themselves."""
    parts = [
        "# 夜间任务 · What a night does, in this order\n\n| | job | what it does on its business day |\n|---|---|---|"
    ]
    for number, (name, job) in enumerate(JOBS.items(), 1):
        said = " ".join((inspect.getdoc(job) or "").split()).partition(": ")[2]
        parts.append(f"| {number} | {NIGHTLY_JOBS[name]} | {said} |")
    return "\n".join(parts) + "\n"


def states() -> str:
    """One diagram per document: states with their Chinese labels, verbs on the arrows."""
    parts = ["# 单据状态 · States\n"]
    for entity in m.ENTITIES.values():
        flow = machine.FLOWS.get(entity)
        if flow is None or not flow.transitions:
            continue
        parts.append(f"\n## {entity.title} `{entity.__name__}`\n")
        moves = [t for t in flow.transitions.values() if t.targets]
        if moves:
            parts.append("\n```mermaid\nstateDiagram-v2")
            used: list[Choice] = []
            for transition in moves:
                for source in sorted(transition.sources, key=lambda s: s.value):
                    for target in transition.targets:
                        used += [source, target]
                        parts.append(f"    {source.name} --> {target.name}: {transition.label}")
            for state in dict.fromkeys(used):
                parts.append(f"    {state.name}: {state.label}")
            parts.append("```\n")
        parts.append("\n| 动作 verb | 名称 | 从 from | 到 to | 询问 asks |\n|---|---|---|---|---|")
        for transition in flow.transitions.values():
            sources = "、".join(str(s.label) for s in sorted(transition.sources, key=lambda s: s.value)) or "任意"
            targets = "、".join(str(t.label) for t in transition.targets) or "不变"
            parts.append(
                f"| `{transition.verb}` | {transition.label} | {sources} | {targets} | {', '.join(transition.asks)} |"
            )
    return "\n".join(parts) + "\n"


# 紧急采购: who does what on the way of a part to the technician, way by way
WAYS: dict[FulfilMode, tuple[tuple[str, machine.Transition], ...]] = {
    FulfilMode.STOCK: (("clerk", fulfilment.match), ("keeper", transfer.ship), ("technician", transfer.receive)),
    FulfilMode.DIRECT: (("buyer", fulfilment.buy), ("buyer", emergency.ship), ("technician", emergency.collect)),
    FulfilMode.TO_STORE: (
        ("buyer", fulfilment.buy),
        ("keeper", inbound.receive),
        ("keeper", transfer.ship),
        ("technician", transfer.receive),
    ),
}


def emergency_ways() -> str:
    """One diagram per way of a part to a technician: documents and states in the boxes, role and verb on the arrows."""
    parts = ["# 紧急采购的三种方式 · Three ways of a part to a technician\n"]
    for mode, steps in WAYS.items():
        parts.append(f"\n## {mode.label} `{mode.name}`\n\n```mermaid\nflowchart TB")
        parts.append(f'    n0["{m.RequestLine.title}：{RequestLineState.PENDING.label}"]')
        for n, (role, step) in enumerate(steps, 1):
            parts.append(f'    n{n}["{step.flow.entity.title}：{step.targets[0].label}"]')
            parts.append(f'    n{n - 1} -- "{ROLES[role].label}：{step.label}" --> n{n}')
        parts.append(f'    n{len(steps)} --> done["{m.RequestLine.title}：{RequestLineState.DONE.label}"]')
        parts.append("```\n\n| 步骤 | 岗位 | 单据 | 动作 | 从 | 到 |\n|---|---|---|---|---|---|")
        for n, (role, step) in enumerate(steps, 1):
            before = "、".join(str(s.label) for s in sorted(step.sources, key=lambda s: s.value))
            after = "、".join(str(t.label) for t in step.targets)
            document = f"{step.flow.entity.title} `{step.flow.entity.__name__}`"
            parts.append(
                f"| {n} | {ROLES[role].label} | {document} | {step.label} `{step.verb}` | {before} | {after} |"
            )
    return "\n".join(parts) + "\n"


def roles() -> str:
    """Entity × role: verbs and whose rows; then who knows which figures."""
    parts = [
        "# 岗位权限 · Role matrix\n",
        "own 本人 · assigned 派给本人的 · service 服务部门的 · department 本部门 · kept 所管仓库 · all 全部\n",
    ]
    titles = {name: thing.title for name, thing in (*m.ENTITIES.items(), *REPORTS.items())}
    entities = [name for name in titles if any(name in role.grants for role in ROLES.values())]
    for code, role in ROLES.items():
        parts.append(f"\n## {role.label} `{code}`\n\n| 对象 | 范围 | 可以 |\n|---|---|---|")
        for entity in entities:
            grant = role.grants.get(entity)
            if grant is not None:
                verbs = ", ".join(sorted(grant.verbs)) or "（仅供选择）"
                parts.append(f"| {titles[entity]} `{entity}` | {grant.rows.value} | {verbs} |")
    parts.append("\n## 敏感数据 · Secrets and masks\n\n| 数据 | 可见岗位 |\n|---|---|")
    for name, allowed in {**SECRETS, **{f"完整显示 {k}": v for k, v in UNMASKED.items()}}.items():
        parts.append(f"| {name} | {'、'.join(str(ROLES[c].label) for c in sorted(allowed))} |")
    return "\n".join(parts) + "\n"


def dictionary() -> str:
    """Every entity: column, Chinese label, kind, whether it must be filled, list of words."""
    parts = ["# 数据字典 · Data dictionary\n"]
    for entity in m.ENTITIES.values():
        parts.append(
            f"\n## {entity.title} `{entity.__name__}`\n\n| 字段 | 名称 | 类型 | 必填 | 说明 |\n|---|---|---|---|---|"
        )
        for attribute in sa.inspect(entity).column_attrs:
            column = attribute.columns[0]
            if "label" in column.info:
                needed = "" if column.nullable else "是"
                parts.append(
                    f"| `{attribute.key}` | {column.info['label']} | {_kind(column)} | {needed} | {_remark(column)} |"
                )
    return "\n".join(parts) + "\n"


def _kind(column: Any) -> str:
    kind = column.info["kind"]
    if kind == "key":
        target = next((fk.column.table.name for fk in column.foreign_keys), "")
        return f"→ {target}" if target else "编号"
    unit = column.info.get("unit")
    return f"{kind}（{unit}）" if unit else str(kind)


def _remark(column: Any) -> str:
    words = []
    if hasattr(column.type, "enum_class") and column.type.enum_class is not None:
        words.append("、".join(f"{member.name} {member.label}" for member in column.type.enum_class))
    if column.unique:
        words.append("唯一")
    if secret := column.info.get("secret"):
        words.append(f"敏感：{secret}")
    if private := column.info.get("private"):
        words.append(f"脱敏：{private}")
    return "；".join(words)
