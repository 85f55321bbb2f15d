"""How a stranger is told who came: surname and 师傅, nothing more."""

DOUBLE = frozenset(
    [
        "欧阳",
        "上官",
        "司马",
        "司徒",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "夏侯",
        "宇文",
        "长孙",
        "南宫",
        "独孤",
        "轩辕",
        "端木",
        "百里",
        "呼延",
        "闻人",
        "澹台",
        "公羊",
        "赫连",
    ]
)


def courtesy(name: str) -> str:
    """李强 → 李师傅, 欧阳锋 → 欧阳师傅."""
    surname = name[:2] if name[:2] in DOUBLE and len(name) > 2 else name[:1]
    return f"{surname}师傅"
