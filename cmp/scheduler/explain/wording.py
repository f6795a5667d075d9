"""Says to people, in English and Chinese, how many pools refuse a side for which reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cmp.model.estate import Isa
from cmp.model.plan import Unplaced
from cmp.model.recovery import Role

ENGLISH, CHINESE = "en", "zh"


class Phrase(NamedTuple):
    """What one pool, or several, are for a side that they refuse; `{}` is the detail of the reason."""

    one: str
    many: str
    chinese: str

    def said(self, count: int, detail: str, language: str) -> str:
        """The phrase for so many pools."""
        if language == CHINESE:
            return f"{count} 个{self.chinese.format(IN_CHINESE.get(detail, detail))}"
        words = self.one if count == 1 else self.many
        return f"{count} {words.format(WITH_ARTICLE.get(detail, detail))}"


IN_CHINESE: Mapping[str, str] = {
    "server": "虚拟机",
    "container": "容器",
    "government": "政务云",
    "leased": "租用云",
    "public": "公有云",
    "center": "中心",
    "cloud": "云",
    "ownership": "云归属",
    "pool": "资源池",
    "host": "主机",
    "isa": "指令集",
    "page_kib": "页大小",
    "collation": "排序规则",
}
"""Details of reasons that have a Chinese word; all others are names."""

WITH_ARTICLE: Mapping[str, str] = {isa: f"{'an' if isa[0] in 'as' else 'a'} {isa}" for isa in Isa}
"""Instruction sets as English speaks of them: an arm64, a loong64 image."""

PHRASES: Mapping[str, Phrase] = {
    "image": Phrase("lacks {} image", "lack {} image", "缺少 {} 镜像"),
    "kind": Phrase("runs no {}s", "run no {}s", "不运行{}"),
    "zone": Phrase("is in another zone", "are in another zone", "在其他网络区域"),
    "level": Phrase("has protection level {} only", "have protection level {} only", "等保级别仅 {} 级"),
    "ownership": Phrase("is on a {} cloud", "are on a {} cloud", "位于{},不得存放此类数据"),
    "residency": Phrase(
        "is in {}, where its data may not lie",
        "are in {}, where its data may not lie",
        "位于 {},数据不得出境",
    ),
    "require": Phrase("is of another {} than required", "are of another {} than required", "不在所要求的{}"),
    "accelerators": Phrase("has too few {} per host", "have too few {} per host", "单台主机的 {} 不足"),
    "host": Phrase("has too small hosts", "have too small hosts", "主机规格过小"),
    "copy": Phrase("has too small disks", "have too small disks", "单机磁盘过小"),
    "fresh-facts": Phrase(
        "has a performance of {} that expired",
        "have a performance of {} that expired",
        "所依据的 {} 性能数据已过期",
    ),
    "drained": Phrase("is drained", "are drained", "已排空"),
    "dedicated": Phrase("is of other owners", "are of other owners", "专属于其他归属单位"),
    "format": Phrase(
        "holds data in another form ({})", "hold data in another form ({})", "数据格式不同({}),不能逐字节复制"
    ),
    "near": Phrase(
        "is away from what it is to be near", "are away from what it is to be near", "不在所要求的近旁"
    ),
    "apart": Phrase(
        "would share a {} with what it keeps apart from",
        "would share a {} with what it keeps apart from",
        "会与须分开者同处一个{}",
    ),
    "at-most": Phrase("takes too few replicas", "take too few replicas", "允许的副本数不足"),
    "place": Phrase("is in another center", "are in another center", "在其他中心"),
    "linked": Phrase("has no link to what it needs", "have no link to what it needs", "与所需的中心没有链路"),
    "synchronous": Phrase("has no synchronous link", "have no synchronous link", "没有同步链路"),
    "capacity": Phrase("is full", "are full", "已满"),
    "hosts": Phrase("is full host by host", "are full host by host", "逐台主机已满"),
    "spread": Phrase(
        "would put replicas together in one {}",
        "would put replicas together in one {}",
        "会使副本同处一个{}",
    ),
    "link": Phrase("is behind a full link", "are behind a full link", "链路带宽不足"),
    "rtt": Phrase("is too far away", "are too far away", "往返时延过大"),
    "quota": Phrase("would exceed the quota", "would exceed the quota", "会超出配额"),
}
"""By the constraint that a reason names."""

ROLES: Mapping[Role, str] = {
    Role.PRIMARY: "主用",
    Role.ACTIVE: "双活",
    Role.WARM: "温备",
    Role.COLD: "冷备",
    Role.BACKUP: "备份",
    Role.MEMBER: "仲裁成员",
}
"""The Chinese word for each role."""

GROUP_REASONS: Mapping[str, str] = {
    "place": "各中心的相互位置不满足该等级",
    "capacity": "没有一种中心组合能容纳其全部副本",
    "packing": "总量足够,但逐台主机放不下",
    "survival": "失效后没有中心可以接管",
    "quorum": "失效后仲裁成员不足",
    "link": "中心间复制带宽不足",
    "rtt": "往返时延超过上限",
    "quota": "会超出归属单位的配额",
    "objective": "达不到恢复时间或恢复点目标",
    "format": "各侧数据格式不同,不能逐字节复制",
    "near": "未与所要求者同处",
    "apart": "会与须分开者同处",
}
"""In Chinese, what stands in a whole group's way, by constraint."""


def histogram(counts: Mapping[str, int], language: str = ENGLISH) -> str:
    """Counted reasons as people say them, the most frequent first: `12 lack an arm64 image, 3 are full`.

    `counts` are pools by reason: the constraint and, after a colon, its detail (`image:arm64`, `capacity`).
    """
    parts = []
    for reason, count in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        constraint, _, detail = reason.partition(":")
        phrase = PHRASES.get(
            constraint, Phrase(f"{constraint} {{}}", f"{constraint} {{}}", f"{constraint} {{}}")
        )
        parts.append(phrase.said(count, detail, language).rstrip())
    return ("、" if language == CHINESE else ", ").join(parts)


class Sides(NamedTuple):
    """A side with the pools where it stands, and how many of how many pools would take it."""

    name: str
    role: Role
    stands: tuple[str, ...]
    fitting: int
    pools: int


def sentence(side: Sides, counts: Mapping[str, int], language: str = ENGLISH) -> str:
    """One line: `tax-api/web (cold): 0 of 3 pools fit: 1 lacks a loong64 image, 2 are full`."""
    told = histogram(counts, language)
    if language == CHINESE:
        stands = f"位于 {'、'.join(side.stands)};" if side.stands else ""
        fit = f"{side.pools} 个资源池中 {side.fitting} 个可用"
        return f"{side.name}({ROLES[side.role]}):{stands}{fit}{':' + told if told else ''}"
    stands = f" stands on {', '.join(side.stands)}; " if side.stands else ": "
    fit = f"{side.fitting} of {side.pools} pools {'fits' if side.fitting == 1 else 'fit'}"
    return f"{side.name} ({side.role.value}){stands}{fit}{': ' + told if told else ''}"


def unplaced_sentence(missing: Unplaced, language: str = ENGLISH) -> str:
    """Why something is not placed, in a line."""
    if language != CHINESE:
        return missing.summary
    refused = sum(missing.histogram.values())
    pools = len(missing.reasons)
    side = Sides(f"{missing.workload}/{missing.component}", missing.role, (), pools - refused, pools)
    told = sentence(side, missing.histogram, language)
    if not side.fitting:
        return told
    return f"{told};{GROUP_REASONS.get(missing.group, '整组放不下')}"
