"""Holds what `tricenter net` and `tricenter ipam` say, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

OF_NETWORKS: Mapping[str, tuple[str, str]] = {
    "net_readiness": ("Readiness", "就绪度"),
    "net_page": ("readiness matrix: {path}", "就绪度矩阵:{path}"),
    "net_pack": ("acceptance pack: {path}", "验收包:{path}"),
    "net_verified": ("Verification", "核验"),
    "begins_verifying": ("verifying reachability, paths and probes", "正在核验可达性、路径与探测结果"),
    "net_measured": ("A move in the host lab", "主机实验网中的迁移"),
    "net_signed_own": (
        "signed by the key of this installation, {name}; unchanged since",
        "由本安装的密钥 {name} 签名,此后未被改动",
    ),
    "net_signed_retired": (
        "signed by a retired key of this installation, {name}; unchanged since",
        "由本安装已停用的密钥 {name} 签名,此后未被改动",
    ),
    "net_signed_given": (
        "signed by the key that was named, {name}; unchanged since",
        "由所指定的密钥 {name} 签名,此后未被改动",
    ),
    "net_router": ("{router} in the language of {title}", "{router} 的配置({title})"),
    "net_sources": ("and for nft(8), which drops foreign sources", "以及供 nft(8) 使用的源地址过滤"),
    "net_new_key": ("acceptance packs are signed by {name} now", "验收包现由 {name} 签名"),
    "net_plan_written": ("migration plan {hash} written to {path}", "迁移方案 {hash} 已写入 {path}"),
    "net_segment": (
        "{network}: {old} moves to {ipv4} and {ipv6}",
        "{network}:{old} 迁至 {ipv4} 与 {ipv6}",
    ),
    "net_waves": ("Waves", "割接批次"),
    "net_estimate": (
        "about {seconds} s of switching; ends lines and devices of {cny} CNY a year",
        "割接约 {seconds} 秒;可停用线路与设备,每年节省 {cny} 元",
    ),
    "net_note": ("note: {note}", "注意:{note}"),
    "net_fired": ("Ways back that were fired", "已演练的自动回退"),
    "net_stages": ("Stages", "阶段"),
    "net_rehearsed": ("the rehearsal passed: the plan may be carried out", "演练通过:方案可以执行"),
    "net_not_rehearsed": ("the rehearsal failed:", "演练未通过:"),
    "net_state": ("{network}: {state}", "{network}:{state}"),
    "net_not_begun": ("{network} has not begun to move", "{network} 尚未开始迁移"),
    "wave": ("wave", "批次"),
    "manager": ("network manager", "网络管理程序"),
    "exact": ("exactly back", "完全恢复"),
    "after_deadline": ("after its deadline", "超时后"),
    "prefix": ("prefix", "前缀"),
    "pointers": ("PTR records", "PTR 记录"),
    "ipam_container": ("container", "容器"),
    "ipam_active": ("in use", "使用中"),
    "ipam_reserved": ("reserved", "保留"),
    "ipam_deprecated": ("deprecated", "停用"),
    "ipam_linted": ("{count} remarks", "{count} 条意见"),
    "ipam_imported": ("{read} read, {new} of them new", "读取 {read} 条,新增 {new} 条"),
    "ipam_would_import": (
        "{read} read, {new} of them would be new; nothing was changed",
        "读取 {read} 条,将新增 {new} 条;未作更改",
    ),
    "ipam_exported": ("written: {files}", "已写入:{files}"),
    "classes_measured": ("Classes on a loaded line", "满载线路上的流量类别"),
    "ipam_measured": ("Giving out addresses", "地址分配"),
    "ipam_single_per_second": ("single addresses a second", "逐个地址(每秒)"),
    "ipam_prefixes_per_second": ("single prefixes a second", "逐个前缀(每秒)"),
    "ipam_many_per_second": ("addresses a second, many at once", "批量地址(每秒)"),
    "ipam_parallel_per_second": ("addresses a second, side by side", "并行地址(每秒)"),
    "ipam_parallel_allocators": ("allocators side by side", "并行分配者"),
    "ipam_collisions": ("addresses given twice", "重复分配"),
}
