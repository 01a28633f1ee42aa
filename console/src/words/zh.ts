// 中文。English stands in en.ts under the same names; the compiler checks that none is missing.

const zh = {
  app: {
    name: "海河", skip: "跳到正文", demo: "演示：时钟加快", platformTime: "平台时间", language: "English", signOut: "退出", makeAccount: "建立账号",
    loading: "正在载入…",
  },
  link: { connecting: "正在连接", live: "实时", lost: "推送中断，自动重连", stale: "连不上服务器，所示为 {at} 的旧数据" },
  nav: {
    overview: "态势", cases: "案卷", whatif: "重放与推演", packs: "系统", traffic: "交通", schemes: "政策",
    audit: "审计", reports: "报告", drill: "演练", admin: "管理", main: "主导航",
  },
  units: { d: "天", h: "时", min: "分", s: "秒" },
  levels: { none: "无", minor: "蓝 一般", moderate: "黄 较重", severe: "橙 严重", extreme: "红 特别严重" },
  states: {
    open: "未结", held: "挂起", closed: "已结", dispatched: "已派单", delivered: "已送达", accepted: "已签收",
    handled: "已处置", reported: "已反馈", verified: "已核查", cancelled: "已撤销", undelivered: "未送达", overtaken: "被取代",
  },
  verbs: {
    accept: "签收", handle: "处置完成", report: "反馈", verify: "核查通过", sendBack: "退回", cancel: "撤销",
    hold: "挂起", resume: "恢复", override: "人工结案", note: "批注", attach: "附件", shelve: "搁置",
    unshelve: "取消搁置", shadow: "影子运行", unshadow: "结束影子", propose: "提请转正", agree: "同意", decline: "不同意", keep: "设定保存期限", promote: "转正", stepBack: "退回上一版",
    tell: "登记",
    delivered: "送达", undelivered: "未送达", release: "放行",
  },
  overview: {
    openCases: "未结案卷", noCases: "没有未结案卷。这不等于一切正常：请看数据健康。",
    overdue: "已超期 {time}", left: "剩余 {time}", owner: "承办 {who}", nobody: "尚无人承办", cases: "{n} 件",
    map: "地图", zoomIn: "放大", zoomOut: "缩小", metres: "米", kilometres: "公里", mapHint: "点按标记打开案卷或对象", allPacks: "全部系统", vitals: "运行指标", todo: "我的待办",
    noTodo: "没有待办。", health: "数据健康", stream: "数据流", entities: "对象", newest: "最近入库", never: "从未",
    quarantined: "隔离 {n} 条", silent: "静默", good: "正常", failedRule: "规则已停用：{rule}", load: "报警负荷",
    perTenMinutes: "每十分钟报警", noisiest: "最吵的规则", shadow: "影子规则今日", noShadow: "没有影子规则在运行。",
    records: "记录/秒", waiting: "待写入", position: "日志位置", alarms: "未恢复报警", deadLetters: "死信",
    openOrders: "未结工单", overdueOrders: "超期工单", silentSources: "静默数据源",
  },
  case: {
    choose: "从列表中选一个案卷。", opened: "立案", closed: "结案", rule: "规则", version: "版本", alarms: "报警 {n} 次",
    why: "决策理由", alternatives: "其他方案", orders: "工单", timeline: "经过", evidence: "证据", saw: "所依据的记录",
    proof: "下载证明（可离线验证）", lineage: "完整来历（JSON）", due: "期限", assignee: "承办", handler: "经手", none: "无",
    ownWork: "经手人不得核查自己办的工单，须由另一人核查。经手：{who}",
  },
  packs: {
    version: "版本", streams: "数据流", rules: "规则", settings: "设置", asShipped: "出厂设置", shadow: "影子运行：{settings}",
    agreement: "一致 {share}：两者皆有 {both}，仅正式 {live}，仅影子 {shadow}", noCases: "双方尚无案卷", failed: "已停用：{why}",
    shelved: "搁置至 {until}", twin: "有孪生", try: "试一试", tryHint: "每行一个设置，如 high=15", reason: "理由",
    setShadow: "送影子运行", detector: "检测器",
  },
  entity: {
    charts: "信号评价图",
    latest: "当前值", history: "历史", nothing: "这段时间没有记录。", cases: "相关案卷",
    spans: { minutes: "15 分钟", hour: "1 小时", day: "1 天", week: "1 周", year: "1 年" },
  },
  ask: { name: "姓名", reason: "理由", hours: "挂起小时数", confirm: "确认", back: "返回", failed: "没有成功" },
  sign: {
    title: "登录", token: "令牌", tokenHint: "由 haihe token add 或管理页生成", submit: "登录", name: "姓名", password: "密码",
    passwordHint: "至少 {n} 个字符，越长越好", again: "再输一次", differ: "两次输入不一致。", code: "设置码",
    codeHint: "haihe up 启动时打印", welcome: "欢迎使用海河", firstHint: "还没有任何账号。请先建立第一个账号，它是管理员。",
    makeFirst: "建立并登录", skip: "暂不建立，先看看", byToken: "用令牌登录", byPassword: "用姓名和密码登录", change: "修改密码", old: "原密码",
    new: "新密码", mustChange: "首次登录须修改密码。",
  },
  roles: {
    admin: "管理员", auditor: "审计员", crew: "外勤", dispatcher: "调度员", engineer: "系统包工程师", enterprise: "企业用户",
    officer: "值班员", source: "数据源", viewer: "查看者",
  },
  admin: {
    people: "人员", tokens: "令牌", may: "权限", sessions: "会话", disabled: "已停用", disable: "停用", enable: "启用",
    newPassword: "重置密码", until: "有效至", used: "最近使用", revoke: "吊销", make: "新建", kind: "类别", account: "账号",
    role: "角色", packs: "限于系统", areas: "限于区域", owner: "企业", days: "有效天数", own: "我的会话", end: "结束",
    once: "只显示这一次，请立即记下：", noted: "已记下",
  },
  whatif: {
    days: "最近几天", inForce: "现为 {value}", run: "推演", quieten: "怎样更安静", records: "条记录", now: "现在", then: "改后", alarms: "报警",
    lost: "少立 {n} 件", gained: "多立 {n} 件", inShadow: "已送影子运行。", advised: "建议",
    cost: "代价：已证实漏 {confirmed}，真事件漏 {missed}，少立 {lost}",
  },
  whyNot: { title: "为何没有触发", rule: "规则", ask: "查问", nearest: "最接近" },
  audit: {
    search: "查找案卷、工单或对象", searchHint: "如 gallery-17、gallery-17/3、zone/7", go: "前往", proved: "日志证明到哪里",
    entries: "条目", signed: "已签名至", root: "默克尔根", verifyHint: "核验：haihe verify；单案证明可离线验证。",
    aside: "隔离区：未收的记录及原因", looks: "谁看过企业数据",
  },
  steps: {
    title: "正在发生", opened: "立案", joined: "并入", raised: "报警", merged: "并案", cleared: "恢复", decided: "决策",
    dispatched: "派单", closed: "结案", escalated: "催办", refused: "未获准", ruleChanged: "规则变更", ruleFailed: "规则停用", turnTaken: "回路一拍", effect: "效果",
  },
  errors: {
    malformed: "所填内容有误", unknown: "没有这一项", conflict: "与当前状态不符", forbidden: "没有此权限",
    overloaded: "平台正忙，请稍后再试", unavailable: "平台此刻不能写入", damaged: "日志损坏，请停机核验",
    internal: "服务器内部故障", "no-token": "令牌无效或缺失", "too-many-failures": "错误次数过多，请稍后再试",
    "wrong-kind": "不收这种文件：只收照片、PDF 和纯文本", "too-large": "文件过大", "key-taken": "这一步与先前发送的不一致",
    "file-lost": "文件缺失或已被改动", expired: "当时的记录已过保存期限，无法还原", working: "正在还原当时的情况，请稍后再试",
    "wrong-fact": "填写的内容不对，请按提示的格式填写", "unknown-fact": "没有这一信息项", future: "日期不能晚于今天",
    "no-reason": "请写明理由，企业将据此知道为什么", "no-person": "该政策按人限额，请写明为哪位人员申请", "no-person-wanted": "该政策不按人申请",
    "no-answer": "服务器没有答复；请先看是否已经办成，再重试",
  },
};

export default zh;
