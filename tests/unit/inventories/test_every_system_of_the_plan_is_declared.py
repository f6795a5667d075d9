from __future__ import annotations

from cmp.model.environment import Environment

SYSTEMS = """
office-automation | 一体化协同办公 | 1 | 4 | 3 | internal
mobile-office | 移动办公 | 1 | 3 | 3 | internal
internal-affairs | 财务资产档案后勤文印 | 1 | 3 | 2 | internal
administrative-approval | 行政审批全流程 | 1, 8 | 4 | 3 | internal
supervision-inspection | 互联网+督查 | 1 | 3 | 3 | internal
regulation-platform | 民政政务监管平台 | 2 | 4 | 3 | internal
credit-regulation | 信用分级分类监管 | 2 | 3 | 3 | internal
government-portal | 政务公开信息发布平台 | 3 | 4 | 3 | public
policy-library | 政策文件库 | 3 | 2 | 2 | public
new-media | 政务新媒体矩阵 | 3 | 2 | 2 | public
low-income-monitoring | 全国低收入人口动态监测 | 4 | 5 | 3 | personal-sensitive
household-verification | 社会救助家庭经济状况核对 | 4 | 5 | 3 | personal-sensitive
disability-subsidy | 残疾人两项补贴 | 4 | 4 | 3 | personal-sensitive
child-welfare | 儿童福利与未成年人保护 | 4 | 5 | 3 | personal-sensitive
vagrancy-rescue | 流浪乞讨救助 | 4 | 4 | 3 | personal-sensitive
community-service | 基层管理服务平台、智慧社区 | 5 | 3 | 3 | internal
social-organizations | 社会组织法人库 | 5 | 4 | 3 | internal
foundation-reports | 慈善组织(基金会)年检年报 | 5 | 3 | 3 | internal
charity-china | 全国慈善信息公开平台 | 5 | 4 | 3 | public
place-names | 国家地名信息库 | 5, 6, 13 | 4 | 3 | public
boundaries | 行政区域界线 | 5 | 4 | 3 | important
elderly-care | 老年人和养老服务机构信息 | 6 | 4 | 3 | personal-sensitive
marriage-registration | 婚姻登记 | 6 | 5 | 3 | personal-sensitive
e-certificates-marriage | 婚姻电子证照 | 6 | 5 | 3 | personal-sensitive
online-memorial | 网上祭扫、远程告别 | 6 | 2 | 2 | public
service-portal | 一体化政务服务平台 | 7 | 5 | 3 | personal-sensitive
minzhengtong | 民政通移动端 | 7 | 4 | 3 | personal-sensitive
licence-management | 全国行政许可管理 | 8 | 4 | 3 | internal
data-warehouse | 基础库、业务库、主题库、专题库 | 11 | 5 | 3 | important
data-map | 政务数据资源一张图 | 11 | 3 | 3 | internal
data-exchange | 数据共享交换枢纽 | 12 | 5 | 3 | important
data-catalogue | 数据目录 | 12, 13 | 3 | 3 | internal
open-data | 公共数据开放 | 13 | 2 | 2 | public
decision-analytics | 重点领域信息资源库、定量分析 | 13 | 2 | 3 | important
cloud-management | 云管平台 | 14 | 6 | 3 | internal
identity | 统一身份认证 | 16 | 6 | 3 | personal-sensitive
e-seal | 电子印章 | 16 | 5 | 3 | personal-sensitive
e-archive | 电子档案 | 16 | 4 | 3 | internal
e-licence | 电子证照 | 16 | 5 | 3 | personal-sensitive
speech-recognition | 语音识别 | 16 | 2 | 2 | personal-sensitive
face-recognition | 人脸识别 | 16 | 3 | 3 | personal-sensitive
geo-platform | 时空一体大数据平台 | 16 | 4 | 3 | important
knowledge-graph | 知识图谱、算法训练 | 16 | 1 | 2 | internal
blockchain | 民政领域数据上链 | 16 | 5 | 3 | internal
security-operations | 网络安全综合防控平台 | 19 | 5 | 3 | internal
"""
"""Id, Chinese title, item of the plan, recovery grade, protection level, data class."""


def test_the_reference_declares_exactly_the_systems_of_the_plan(reference: Environment) -> None:
    wanted = [tuple(field.strip() for field in line.split("|")) for line in SYSTEMS.strip().splitlines()]

    declared = {
        (
            workload.id,
            workload.title.zh,
            workload.basis,
            str(workload.recovery.grade),
            str(workload.mlps_level),
            workload.data_class[0].value,
        )
        for workload in reference.workloads
    }

    assert len(wanted) == 45
    assert declared == set(wanted)


def test_every_system_has_one_to_four_components_and_titles_in_both_languages(reference: Environment) -> None:
    titles = [workload.title for workload in reference.workloads]
    titles += [part.title for workload in reference.workloads for part in workload.components if part.title]

    assert all(1 <= len(workload.components) <= 4 for workload in reference.workloads)
    assert all(part.title for workload in reference.workloads for part in workload.components)
    assert all(title.zh and title.en.isascii() for title in titles)
