"""Holds the headings and sentences of the command line in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, str]] = {
    "access": ("access", "访问"),
    "action": ("create / update / delete / same", "新增 / 修改 / 删除 / 不变"),
    "center": ("center", "中心"),
    "check": ("check", "检查"),
    "chip": ("chip", "芯片"),
    "class": ("class", "类别"),
    "cloud": ("cloud", "云"),
    "code": ("code", "代码"),
    "component": ("component", "组件"),
    "constraint": ("constraint", "约束"),
    "declared": ("declared", "声明"),
    "endpoint": ("endpoint", "入口"),
    "failure": ("loss of", "失效"),
    "field": ("field", "字段"),
    "found": ("found", "现状"),
    "grade": ("grade", "等级"),
    "hosts": ("hosts", "主机"),
    "id": ("id", "标识"),
    "ipv4": ("IPv4", "IPv4"),
    "ipv6": ("IPv6", "IPv6"),
    "kind": ("kind", "种类"),
    "managed": ("managed", "纳管"),
    "margin": ("margin", "余量"),
    "message": ("message", "说明"),
    "moves": ("moves", "迁移"),
    "name": ("name", "名称"),
    "needed_for": ("needed for", "用于"),
    "observed": ("observed", "实际"),
    "place": ("place", "位置"),
    "pool": ("pool", "资源池"),
    "real": ("real", "实际"),
    "refused_by": ("refused by", "拒绝原因"),
    "remedy": ("remedy", "处理办法"),
    "replicas": ("runs", "运行数"),
    "required": ("required", "要求"),
    "resource": ("resource", "资源"),
    "role": ("role", "角色"),
    "shortfall": ("shortfall", "缺口"),
    "stack": ("stack", "栈"),
    "state": ("state", "状态"),
    "survives": ("survives", "可承受"),
    "takeover": ("after takeover", "接管后"),
    "title": ("title", "名称"),
    "verdict": ("verdict", "结论"),
    "workload": ("workload", "系统"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "valid": (
        "{name}: valid: {workloads} workloads, {components} components, {pools} pools in {centers} centers",
        "{name}:有效:{workloads} 个系统,{components} 个组件,{centers} 个中心的 {pools} 个资源池",
    ),
    "placed": (
        "{rows} rows of {workloads} workloads placed; plan {hash} written to {path}",
        "已放置 {workloads} 个系统的 {rows} 行;方案 {hash} 写入 {path}",
    ),
    "unplaced": ("{count} components could not be placed:", "{count} 个组件无法放置:"),
    "margin_line": (
        "tightest pool after the worst promised failure: {load} of capacity ({where})",
        "最坏承诺失效后最紧的资源池:{load} 容量({where})",
    ),
    "survival": ("Survival proof", "生存性证明"),
    "placement_table": ("Placement", "放置结果"),
    "change_table": ("Carried out", "执行结果"),
    "survived": ("every promise holds for {count} failures", "{count} 种失效下所有承诺均成立"),
    "not_survived": ("{count} promises are broken", "{count} 项承诺不成立"),
    "not_carried_out": ("not carried out: {count} rows ({why})", "未执行:{count} 行({why})"),
    "verified": (
        "verified through the clouds' own APIs: {servers} servers, {rules} rules, nothing unplanned",
        "已通过各云接口核验:{servers} 台服务器,{rules} 条规则,无计划外资源",
    ),
    "mismatches": ("{count} mismatches", "{count} 处不符"),
    "no_drift": ("no drift: what is there is what was declared", "无偏差:实际与声明一致"),
    "drifted": (
        "{count} differences between what is declared and what is there",
        "声明与实际有 {count} 处差异",
    ),
    "nothing_changed": ("nothing changed", "无变化"),
    "stopped": ("everything of {name} is gone from the clouds", "{name} 的全部资源已从各云移除"),
    "part": ("part", "项"),
    "cost": ("cost", "成本"),
    "load": ("load over safety", "超安全负载"),
    "balance": ("balance", "均衡"),
    "item_move": ("process moves", "进程迁移"),
    "service_move": ("service moves", "服务迁移"),
    "machine_move": ("machine moves", "机器迁移"),
    "reassigned": ("Reassignment", "重新分配"),
    "reassignment_cost": (
        "cost {cost} (initially {initial}); assignment written to {path}",
        "成本 {cost}(初始 {initial});分配写入 {path}",
    ),
    "reassignment_kept": (
        "{path} held an assignment that costs {cost}, which is less: it stays",
        "{path} 已有成本更低({cost})的分配,予以保留",
    ),
    "reassignment_stopped": (
        "stopped early: the best so far is kept; run it again for more",
        "提前停止:已保留当前最优结果;再次运行可继续改进",
    ),
    "next": ("Next, try:", "下一步可试:"),
}


def say(key: str, language: str, values: Mapping[str, object]) -> str:
    """A heading or sentence; a key without an entry is said as it is."""
    english, chinese = WORDS.get(key, (key, key))
    return (chinese if language == "zh" else english).format(**values)
