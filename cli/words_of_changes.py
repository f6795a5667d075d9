"""Holds what `tricenter diff` and `plan` say of what differs between Plans, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

OF_CHANGES: Mapping[str, tuple[str, str]] = {
    "diff_plans": (
        "plan {before} of {one} against plan {after} of {other}",
        "方案 {before}({one})与方案 {after}({other})对比",
    ),
    "diff_environments": (
        "these are plans of different environments: each is proved by what its own declares",
        "两个方案属于不同环境:各自按其环境的声明证明",
    ),
    "diff_same": (
        "no difference: both plans make the same of the estate",
        "无差异:两个方案对资源的安排相同",
    ),
    "diff_rows_same": ("every row stands where it stood, as it was", "所有放置行的位置与规格均不变"),
    "diff_rows": ("Rows that differ", "有差异的放置行"),
    "diff_objective": ("Objective", "目标值"),
    "diff_promises": ("Promises that differ", "有差异的承诺"),
    "diff_takeovers": ("Takeovers that differ", "有差异的接管"),
    "diff_promises_same": (
        "every promise ends as before, with the same takeover times",
        "所有承诺的结果及接管时间均不变",
    ),
    "diff_more_takeovers": (
        "and {count} more takeovers that differ: --json has all",
        "另有 {count} 项接管存在差异:--json 列出全部",
    ),
    "diff_drains_before": ("no longer drained: {what}", "不再排空:{what}"),
    "diff_drains_after": ("newly drained: {what}", "新排空:{what}"),
    "diff_moves_first_before": ("need not move first any more: {what}", "不再需要先行迁移:{what}"),
    "diff_moves_first_after": ("has to move first now: {what}", "现需先行迁移:{what}"),
    "diff_unplaced_before": ("not without a place any more: {what}", "不再缺少位置:{what}"),
    "diff_unplaced_after": ("has no place any more: {what}", "不再有位置:{what}"),
    "diff_parts": ("parts of the plans that differ: {parts}", "方案中有差异的部分:{parts}"),
    "before": ("before", "之前"),
    "after": ("after", "之后"),
    "difference": ("difference", "差值"),
    "changed": ("change", "变化"),
    "figures": ("figures", "数值"),
    "row_new": ("new", "新增"),
    "row_moved": ("moved", "迁移"),
    "row_gone": ("gone", "移除"),
    "row_resized": ("resized", "规格调整"),
    "whole_side": ("in all", "合计"),
    "survives_yes": ("survives", "可承受"),
    "survives_no": ("does not survive", "不可承受"),
    "promised_of": ("{promised} promised, {lost} lost without", "承诺 {promised} 个,未承诺而丢失 {lost} 个"),
    "figure_replicas": ("runs", "运行数"),
    "figure_replicas_on_takeover": ("after takeover", "接管后"),
    "figure_image": ("image", "镜像"),
    "figure_variant": ("variant", "变体"),
    "figure_chip": ("chip", "芯片"),
    "figure_isa": ("instruction set", "指令集"),
    "figure_cloud": ("cloud", "云"),
    "figure_center": ("center", "中心"),
    "figure_vcpu_milli": ("vCPU", "vCPU"),
    "figure_memory_mib": ("MiB of memory", "内存 MiB"),
    "figure_disk_gib": ("GiB of disk", "磁盘 GiB"),
    "figure_accelerators": ("accelerators", "加速卡"),
    "no_such_loss": ("cannot be lost there", "无此失效"),
    "not_taken_over": ("not taken over", "不接管"),
    "since_same": (
        "against applied plan {hash}{part}: no row differs",
        "与已执行的方案 {hash}{part} 相比,位置与规格均不变",
    ),
    "since": (
        "against applied plan {hash}{part}: {new} new, {moved} moved, {gone} gone, {resized} resized",
        "与已执行的方案 {hash}{part} 相比:新增 {new},迁移 {moved},移除 {gone},规格调整 {resized}",
    ),
    "in_part": (", carried out in part", "(部分执行)"),
}
