"""The words the grammar knows, each with its one-letter tag. What it does with them is elsewhere.

A tag is a letter so that a sentence is a string of tags, and a phrase a pattern over them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Tag(StrEnum):
    """What a piece of text is to the grammar."""

    MONEY = "M"  # 500万元.
    SHARE = "S"  # 20%, 三成, 1:1.
    COUNT = "C"  # 50家.
    LASTING = "T"  # 三年, 60个工作日.
    DATE = "D"  # 2026年9月1日.
    NUMBER = "N"  # 百万, without a unit.
    GIVE = "G"  # Somebody gives: 给予.
    GAIN = "Y"  # Somebody gets: 可获得.
    AWARD = "A"  # What is given: 补贴.
    LIKE = "K"  # 支持 and 奖励: a verb, or what is given.
    MOST = "H"  # 最高: a limit of an award.
    AT_MOST = "Q"  # 不超过: a limit of anything.
    LESS = "h"  # 不满.
    AT_LEAST = "L"  # 不低于.
    MORE = "l"  # 超过.
    WITH = "+"  # （含）, behind the number.
    UP = "U"  # 以上, behind the number.
    DOWN = "W"  # 以下, behind the number.
    BEYOND = "u"  # （不含）以上, behind the number.
    BELOW = "z"  # （不含）以下, behind the number.
    BY = "B"  # 按照.
    EACH = "P"  # 每家, 单个.
    YEARLY = "y"  # 每年, 年度.
    DURING = "t"  # 前, 连续: of how many years.
    ONCE = "1"  # 一次性.
    STAGED = "2"  # 分阶段.
    FOR = "F"  # 对: whom it is for.
    SUBJECT = "Z"  # 企业: who acts and receives.
    IF = "I"  # 如, 若.
    OR = "o"  # 或者.
    AND = "a"  # 且.
    FROM = "f"  # 自…起.
    FORCE = "E"  # 施行.
    LASTS = "V"  # 有效期.
    CONFLICT = "X"  # 就高, 不重复.
    OWNER = "O"  # 责任单位.
    LED = "@"  # 由, where …牵头 follows.
    PURSE = "$"  # 财政.
    BEAR = "b"  # 分担.
    JOINT = "J"  # 分担, 共同承担: several bear it together.
    POOL = "%"  # 总额, 资金池.
    SETUP = "s"  # 设立, 安排.
    PRICE = "R"  # 租金, 底价: what a concession is on.
    CARRY = "c"  # 执行: what a concession ends with.
    CASEWISE = "?"  # 一事一议.
    MUST = "m"  # 可以, 需: may or must, weakly.
    SHALL = "!"  # 应当, 不得: clearly must or must not.
    ACT = "v"  # 申报, 提供: what a rule is about.
    SUM = "j"  # 累计.
    GOAL = "g"  # 力争.
    REACH = "r"  # 达到, 培育.
    DONE = "d"  # 已, 截至.
    BEFORE = "e"  # 前, 底, 截止.
    HEAD = "n"  # 申报条件: a heading's word.
    MEASURE = "x"  # 营业收入: what a threshold is on.
    COMMA = ","
    ARROW = ">"
    LIST = "/"  # 、.
    COLON = ":"
    OPEN = "("
    CLOSE = ")"
    OF = "w"  # 的.
    MEANS = "="  # 是指: what a word means.
    TEXT = "_"  # Anything else.


QUANTITIES: Final = frozenset("MSCTDN")

WORDS: Final[Mapping[Tag, str]] = {
    Tag.GIVE: (
        "免费提供 无偿提供 给予 予以 给与 发放 拨付 兑现 授予 奖给 补给 安排给予 再给予 另给予 "
        "叠加给予"
    ),
    Tag.GAIN: "可获得 可获 可申请 可享受 可以申请 可以享受 可以获得 获得不超过 申请享受 享受",
    Tag.AWARD: (
        "补贴资金 补助资金 奖励资金 扶持资金 资助资金 支持资金 专项奖励 奖补资金 补贴 补助 奖金 "
        "奖补 资助 贴息 贴费 贴保 配套资金 算力券 创新券 服务券 消费券 模型券 数据券 语料券 补偿 "
        "减免 免收 免除 免交 免缴 返还 补贴支持 资金支持 资金补助 资金奖励 经费支持 经费资助 "
        "房租补贴 安家费 津贴 安家补贴 一次性补贴 红包 后补助 租金补贴 奖励性补助 生活补贴 "
        "购房补贴 保费补贴 贷款贴息"
    ),
    Tag.LIKE: "支持 奖励 扶持 配套 配套支持 配套奖励 激励 补足",
    Tag.MOST: (
        "最高 最高可 最高可达 最高达 最高可获 最高可奖 最高可补 可达 最多 上限 封顶 限额 至多 "
        "最高额 最高限额 最大 为限"
    ),
    Tag.AT_MOST: "不超过 不高于 不得超过 不得高于 不多于 不大于 控制在 不逾",
    Tag.LESS: "不满 不足 低于 少于 小于 未满 未达到 未达 不到",
    Tag.AT_LEAST: "不低于 不少于 不小于 不得低于 不得少于 至少 最低 达到 满 达 年满",
    Tag.MORE: "超过 高于 多于 大于 超出 突破 超",
    Tag.UP: "及以上 （含）以上 （含本数）以上 含以上 以上（含） 以上 及其以上 起 或以上",
    Tag.DOWN: "及以下 （含）以下 （含）以内 以内（含） 以下 以内 之内 内 或以下",
    Tag.BEYOND: "（不含）以上 （不含本数）以上 以上（不含） 以上（不含本数） 以外",
    Tag.BELOW: "（不含）以下 （不含本数）以下 以下（不含） 以下（不含本数）",
    Tag.BY: "按照 按 依照 依据 根据 参照 比照 以其",
    Tag.ONCE: "一次性",
    Tag.STAGED: "分阶段 分期 分年度 分批 分年 逐年",
    Tag.FOR: "对 对于 用于 面向 凡 针对 凡是",
    Tag.SUBJECT: (
        "企业 单位 机构 主体 团队 个人 人才 园区 平台 院校 高校 科研院所 处理者 运营者 经营者 "
        "申请人 用人单位 创业者 联合体 中介 基金 载体 实验室 孵化器 合作社 商户 银行 投资人 "
        "开发商 运营商 服务商 社会组织 法人 毕业生 居民 户主 生产者 使用者 提供者 持有人 平台方 "
        "承接方 发布方 牵头方 运营方 主办方 承办方 建设方 合作方 受让方 转让方 输出方 吸纳方 "
        "使用方 需求方 供给方 技术经纪人 公司 农户 家庭农场 大户 经营户 商家 门店 医院 学校 协会 "
        "联盟 研究院 服务机构 金融机构 担保机构 保险机构 投资机构 中介机构 研发机构 企业家 团体 "
        "总部 博士 硕士 技师 学生 消费者 从业者 创作者 开发者 劳动者 业主单位 工作室 "
        "负责人 主要负责人"
    ),
    Tag.IF: "如 若 如果 只要 凡在 对经",
    Tag.OR: "或者 或 以及",
    Tag.AND: "且 并且 并 同时",
    Tag.FROM: "自 从",
    Tag.FORCE: "施行 实施 生效 执行期 印发之日 发布之日 公布之日 起执行 印发 废止",
    Tag.LASTS: "有效期 有效期限 执行期限 实施期限 政策期限 有效期为 有效期至",
    Tag.MEANS: "是指 系指",
    Tag.CONFLICT: (
        "最高标准 就高不就低 择高不重复 就高不重复 从优不重复 从高不重复 从优原则 不再享受 "
        "择一享受 择优享受 择其一 择一 择优不重复 择优执行 从优执行 同类政策"
    ),
    Tag.OWNER: (
        "责任单位 责任部门 牵头单位 牵头部门 配合单位 配合部门 主管部门 责任主体 牵头责任单位 "
        "责任分工"
    ),
    Tag.PURSE: (
        "市县 市县两级 市区县 省市 财力 两级财力 财政 市级 区级 县级 省级 市区两级 各级财政 区县 "
        "中央 省财政 市财政 区财政 县财政"
    ),
    Tag.BEAR: "承担 负担 列支 出资 配套承担",
    Tag.JOINT: (
        "共同分担 按比例分担 分级承担 分别负担 分担 共担 共同承担 共同负担 分级负担 分别承担 "
        "比例共 按比例承担 按比例负担 各承担 各负担"
    ),
    Tag.POOL: (
        "总额 总量 总规模 资金池 专项资金 预算 资金规模 资金总额 引导基金 年度预算 资金总量 "
        "产业基金 总资金 引导资金 发展资金 风险补偿资金 专项经费 发放总额 基金规模 母基金"
    ),
    Tag.SETUP: "设立 安排 统筹安排 统筹 筹集 组建 列入",
    Tag.PRICE: (
        "租金 底价 地价 出让价 价格 费率 税率 电价 水价 出让金 保费 利率 起始价 收费标准 手续费 "
        "房租 出让底价 基准地价 贷款利息 担保费"
    ),
    Tag.CARRY: "执行 收取 计收 确定 征收 优惠 缴纳 折扣 缴交",
    Tag.CASEWISE: (
        "一事一议 一企一策 一案一策 一例一策 一项一策 一人一策 个案研究 专题研究 一企一议 "
        "一项目一议 另行研究 特事特办"
    ),
    Tag.MUST: "应 须 不予 需要 应予 可 需 方可",
    Tag.SHALL: (
        "应当 必须 可以 不得 禁止 严禁 免予 无需 不予支持 不予受理 不予扶持 不予奖励 不予补贴 "
        "不予补助 不予兑现 不予认定 有权 有责任 应依法 负有"
    ),
    Tag.ACT: (
        "申报 提供 收集 备案 报告 提交 订立 办理 取得 出境 登记 审批 评估 认证 公示 备查 申请 "
        "接受 履行 报送 予以兑现 予以兑付 予以拨付 兑现奖励 兑付奖励 兑现到位 拨付到位 "
        "完成兑现 完成拨付 一次性兑付 注册 设立登记 公开 告知 保存 处理 转让 变更 注销 承诺 "
        "迁出 迁离 退还 "
        "退回 追回 留存 受理 审核 整改 补正 验收 配合 如实 擅自 挪用 转租 缴回"
    ),
    Tag.SUM: "累计 合计 总计 共计",
    Tag.GOAL: "十五五 力争 争取 目标 预计 确保 努力 力争到 预期 将达到 将达 将建成 将突破 将超过",
    Tag.REACH: (
        "新开通 开通 建成 培育 新增 引进 打造 实现 建设 集聚 形成 完成 增长 落地 新建 招引 引育 "
        "推动 组织 开展 举办 认定 提升 提高 改造 储备 孵化 开放 降低 下降 发布 推广 布局"
    ),
    Tag.DONE: (
        "以来 累计兑现 累计发放 累计拨付 累计支持 已兑现 已发放 已 截至 截止目前 已经 去年 "
        "上半年 同比 累计已 现有 现已 拥有 先后 业已 共有 刚刚过去 过去一年 "
        "增至 增加到"
    ),
    Tag.BEFORE: (
        "前 底 底前 之前 以前 截止 止 末 截止时间 截止日期 截止日 年底前 年底 逾期 申报时间 "
        "受理时间 申报受理时间 申请时间 报名时间 受理期限 办理时限 申请期限 报送时间 申报期限 "
        "申报期"
    ),
    Tag.HEAD: (
        "以下条件 下列条件 如下条件 对象是 对象为 条件为 申报条件 申请条件 支持条件 支持对象 "
        "申报对象 认定条件 基本条件 适用范围 适用对象 奖励对象 补贴对象 补助对象 扶持对象 "
        "准入条件 申报要求 适用于 享受条件 资格条件 补贴条件 应具备 应当具备 须具备 需具备 "
        "应符合 应当符合 须符合 需符合 应满足 应当满足 须满足 需满足 同时具备 同时符合 同时满足 "
        "适用对象为 应同时具备"
    ),
    Tag.OF: "的",
    # Words in which a short word above means nothing.
    Tag.TEXT: (
        "超过部分 超出部分 超额部分 超过的部分 增加部分 新增部分 总部基地 公司章程 学校教育 "
        "组织实施 应用 适应 对应 相对应 响应 供应 应急 经费 经济 经开区 当地 境内 境外 国内 区内 "
        "市内 省内 院内 室内 域内 自由 自主 自建 自动 自有 自贸 自然 自愿 自身 零部件 零件 零售 "
        "对接 对外 面对 相对 对象 发达 将来 可再生 可视 可信 可靠 许可 认可 可持续 可研 之前年度 "
        "必须品 无须 供需 需求 起步 发起 兴起 崛起 引起 起草 超算 超级 超高清 超大 超前 满足 "
        "满意 圆满 充满 家庭 专家 国家 大家 一体化 一流 一批 一方面 第一 统一 唯一 之一 进一步 "
        "一站式 一网 一件事 一代 一级 一类 十四五 三网 两化 双千兆 前沿 前期 提前 目前 当前 前瞻 "
        "前款 前述 前置 前三季度 超限 按规定 按程序 按要求 按时 按期 按需 按月 从事 从业 从严 "
        "从快 或有 以上海 对标 对口 并购 并网 合并 并联 并轨 并行 同时段 已有 将军 自治 自来水 "
        "自评 自行 自持 自筹 自用 自研 经营者集中 经办 经验 经认定 经批准 经评审 经审核 如下 "
        "如期 例如 诸如 比如 如何 假如 计划单列 低于等于 对策 反对 绝对 满额 不满意 底层 底线 "
        "底座 到底 彻底 禁止类 中止 终止 防止 期末 末端 周末 前列 前景 之前的 满负荷 企业级 "
        "个人所得税 单位面积 单位产品 平台经济 基金会 人才公寓 人才培养 人才引进 平台化 处理器 "
        "同比例 自主可控 超出额 超过额 超额 上一年度 上一会计年度 上一纳税年度 上一自然年度 上一年"
    ),
    Tag.COMMA: "，",
    Tag.LIST: "、",
    Tag.COLON: "：",
    Tag.OPEN: "（",
    Tag.CLOSE: "）",
    Tag.ARROW: "=〉",
}  # fmt: skip

# What 每 and 单 may stand before, and what a limit is then for each of.
EACH_OF: Final[Mapping[str, str]] = {
    "家": "企业", "户": "企业", "企业": "企业", "人": "人", "名": "人", "位": "人", "年": "年",
    "年度": "年", "项目": "项目", "个项目": "项目", "项": "项", "笔": "笔", "单位": "单位",
    "个": "个", "件": "件", "款": "款", "台": "台", "套": "套", "平方米": "平方米", "亩": "亩",
    "场": "场", "次": "次", "月": "月", "辆": "辆", "吨": "吨", "千瓦时": "千瓦时", "度": "度",
    "班": "班", "批": "批", "部": "部", "集": "集", "只": "只", "支": "支", "条": "条", "篇": "篇",
    "期": "期", "座": "座", "日": "日", "天": "日", "学年": "学年", "生": "人", "产品": "产品",
    "团队": "团队", "机构": "机构", "平台": "平台", "户企业": "企业", "家企业": "企业",
    "个企业": "企业", "个单位": "单位", "家单位": "单位", "家机构": "机构", "个平台": "平台",
    "个团队": "团队", "标准箱": "标准箱", "标箱": "标箱",
    "箱": "箱", "公里": "公里", "学生": "人", "名员工": "人",
    "人次": "人次", "分钟": "分钟", "品种": "品种", "个品种": "品种", "作品": "作品",
    "部作品": "作品", "园区": "园区", "个园区": "园区", "村": "村", "个村": "村", "基地": "基地",
    "立方米": "立方米", "千瓦": "千瓦", "兆瓦": "兆瓦", "公斤": "公斤", "千克": "公斤", "桩": "桩",
    "个桩": "桩", "枪": "枪", "头": "头", "株": "株", "羽": "羽", "间": "间", "栋": "栋",
    "幢": "栋", "册": "册", "首": "首", "幅": "幅", "班次": "班次", "航班": "航班", "车次": "车次",
    "架次": "架次", "列": "列", "票": "票", "单": "单", "课时": "课时", "学时": "学时",
    "岗位": "岗位", "床位": "床位", "张床位": "床位", "张": "张", "主体": "主体", "个主体": "主体",
    "门店": "门店", "种": "种", "类": "类", "级": "级", "艘": "艘", "架": "架", "颗": "颗",
    "片": "片", "根": "根", "门": "门", "季度": "季度", "个季度": "季度", "小时": "小时",
    "周": "周", "P": "P", "万元": "万元", "案": "案", "届": "届", "名学生": "人", "个人": "人",
    "个家庭": "家庭", "家庭": "家庭",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    """What thresholds are on.

    name: as clauses and labels call it.
    words: how texts say it; the first is its title.
    """

    name: str
    words: str


def _contributions() -> str:
    """地方财政贡献, in all its wordings: what an enterprise's taxes leave to the place."""
    whose = ("", "地方", "本地", "区级", "市级", "县级", "本级", "区", "县", "区域")
    when = ("", "年度", "新增", "年", "当年")
    kinds = ("财政", "财力", "经济", "综合", "税收")
    ends = ("贡献", "贡献额", "贡献总额")
    told = (f"{at}{of}{kind}{end}" for at in when for of in whose for kind in kinds for end in ends)
    return " ".join(("地方贡献", *told))


def _shares() -> str:
    """研发费用占营业收入的比重, in all its wordings."""
    spent = ("研发费用", "研发投入", "研发经费", "研发经费支出", "研究开发费用", "研发支出")
    taken = ("营业收入", "主营业务收入", "销售收入", "营收", "销售收入总额", "营业收入总额")
    ends = ("", "比例", "比重", "的比例", "的比重")
    return " ".join(f"{one}占{of}{end}" for one in spent for of in taken for end in ends)


MEASURES: Final = (
    Measured(
        "total_investment",
        "总投资 总投资额 投资总额 项目总投资 计划总投资 实际投资总额 实际总投资 投资总规模 "
        "投资规模",
    ),
    Measured("fixed_investment", "固定资产投资 固定资产投资额 固定资产投入 固投"),
    Measured(
        "equipment_investment",
        "设备投资 设备投资额 设备购置额 设备购置费 设备投入 设备软件投入",
    ),
    Measured("investment", "投资额 实际投资额 投入额 建设投资额 投资 实际投资"),
    Measured(
        "revenue",
        "营业收入 年营业收入 上年度营业收入 营收 主营业务收入 年营收 年度营业收入 营业额 年营业额",
    ),
    Measured(
        "sales",
        "销售额 销售收入 销售码洋 年销售额 年销售收入 合同额 交易额 交易总额 成交额 合同金额 "
        "年交易额",
    ),
    Measured("output", "产值 工业总产值 年产值 工业产值 规上工业总产值 总产值"),
    Measured(
        "research",
        "研发费用 研发投入 研发经费 研究开发费用 研发支出 研发费用总额 研发总投入 研发投入总额 "
        "研发经费支出 研发费用支出 研发投入额 实际研发费用",
    ),
    Measured("research_share", f"研发费用占比 研发投入占比 研发强度 {_shares()}"),
    Measured("assets", "资产总额 总资产 净资产"),
    Measured("registered_capital", "注册资本 实缴资本 实收资本 注册资金 实缴注册资本"),
    Measured(
        "tax",
        "纳税额 纳税总额 税收 纳税 年纳税额 年纳税 实缴税收",
    ),
    Measured("contribution", _contributions()),
    Measured("tax_per_mu", "亩均税收 亩均纳税 亩均税收贡献 每亩税收 亩产税收"),
    Measured(
        "investment_per_mu",
        "亩均投资强度 亩均投资 投资强度 投资强度亩均投资 亩均固定资产投资 每亩投资强度",
    ),
    Measured("exports", "出口额 年出口额 出口总额 自营出口额 出口实绩"),
    Measured("trade_volume", "进出口额 外贸进出口额 进出口总额 进出口实绩 自营进出口额"),
    Measured("box_office", "票房 票房收入"),
    Measured("salary", "年薪 工资薪金 薪酬 年度薪酬 工资收入"),
    Measured(
        "staff",
        "从业人员 职工人数 员工 员工人数 职工 从业人数 用工人数 参保人数 团队成员 就业人数",
    ),
    Measured("patents", "专利 发明专利 有效发明专利 知识产权 授权发明专利"),
    Measured("area", "面积 建筑面积 场地面积 用地面积 租赁面积 孵化面积"),
    Measured("single_financing", "单笔融资额 单笔融资 单笔贷款"),
    Measured(
        "financing",
        "融资额 融资金额 募集资金 首发融资额 贷款额 贷款金额 实际融资额 融资",
    ),
    Measured("active_users", "活跃用户 活跃用户数 月活跃用户"),
    Measured("registered_users", "注册用户 注册用户数"),
    Measured("firms_served_per_year", "年服务企业 年服务企业数 每年服务企业"),
    Measured("firms_served", "服务企业 服务中小企业 入驻企业 在孵企业"),
    Measured("computing", "算力规模 算力 智能算力"),
    Measured("growth", "增长率 增速 增幅 同比增长 增长 增长幅度"),
    Measured("share_of", "占比 比例 占 比重 占全部"),
    Measured("deaths", "死亡"),
    Measured("serious_injuries", "重伤"),
    Measured("direct_loss", "直接经济损失"),
    Measured("energy_tce", "综合能源消费量 年综合能源消费量 综合能耗 年综合能耗"),
    Measured("electricity_kwh", "电力消费量 年电力消费量 用电量 年用电量"),
    Measured("spi", "敏感个人信息"),
    Measured("pi", "个人信息"),
    Measured("cost", "算力成本 采购额 采购金额 合同金额 费用 服务费 投入费用 实际支出"),
    Measured("founded", "成立 注册 注册成立 成立时间 经营 运营"),
    Measured("age", "年龄 年满 周岁"),
)  # fmt: skip

NAMES: Final = frozenset(one.name for one in MEASURES)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Word to tag, each word once; and what measures are called.

    words: longest match wins.
    measures: word to name.
    """

    words: Mapping[str, Tag]
    measures: Mapping[str, str]

    def without(self, struck: Iterable[str]) -> "Lexicon":
        """The same with some words struck out, as if nobody had written them."""
        gone = frozenset(struck)
        return Lexicon(
            {word: tag for word, tag in self.words.items() if word not in gone},
            {word: name for word, name in self.measures.items() if word not in gone},
        )


def make_lexicon() -> Lexicon:
    """All the words there are."""
    words: dict[str, Tag] = {}
    measures: dict[str, str] = {}
    for measured in MEASURES:
        for word in measured.words.split():
            measures.setdefault(word, measured.name)
            words.setdefault(word, Tag.MEASURE)
    for tag, told in WORDS.items():
        words.update(dict.fromkeys(told.split(), tag))
    return Lexicon(words, measures)


LEXICON: Final = make_lexicon()
