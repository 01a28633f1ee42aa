// Words of the office's pages.

import { area } from "../words/area";

export const say = area(
  {
    nav: "政策页面", workbench: "政策工作台", queue: "办件队列", budget: "资金", report: "报告", policies: "企业政策",
    book: "政策库", newBook: "新建", bookName: "新政策库名称（字母、数字、-）", version: "第 {n} 版 · {state}", text: "政策原文", noText: "尚无原文。粘贴或打开文件后，选中一段即可作为条款的出处。",
    document: "文号或名称", paste: "粘贴原文", use: "采用", cite: "把选中文字作为出处插入", read: "由原文起草条款", readDone: "读出 {n} 条，{rest} 句未读懂；请逐条核对后再保存。", clauses: "条款（YAML）", editor: "条款编辑器，含行号", problems: "检查结果", noProblems: "检查通过。", line: "第 {n} 行", citesLine: "第 {n} 行条款的出处", warning: "提示", error: "错误",
    effect: "对全部企业的影响（尚未签署）", computing: "正在计算…", took: "{ms} 毫秒", cost: "费用变化", gains: "{n} 家受益", loses: "{n} 家受损", noEffect: "与现行版本相比没有变化。", brokenEffect: "条款有误，改正后计算影响。",
    before: "现行", after: "修改后", eligible: "符合", unknown: "信息不足", costs: "费用", begin: "新增", end: "失去", changes: "条款变化", gainers: "受益最多", losers: "受损最多", fairness: "按规模和行业", group: "类别", all: "全部", unknownWord: "未知",
    steps: "审签", draft: "保存草稿", final: "复核定稿", shadow: "影子运行", live: "生效", ended: "废止", withdrawn: "撤回", needSecond: "起草人不得复核；生效由一人提请、另一人登录同意，并先看到影响。", saved: "已登记：{state}。", lastDay: "最后有效日", seen: "生效后费用变化 {cost}。", unsaved: "有未保存的修改，先保存草稿。", history: "经过",
    states_draft: "草稿", states_final: "定稿", states_shadow: "影子", states_live: "生效", states_ended: "已废止", states_withdrawn: "已撤回",
    all_: "全部进度", filter: "进度", keys: "键盘：↑ ↓ 选择，回车打开，数字键选择办理结果。", noQueue: "没有办件。", overdue: "已超期", chosen: "办件", outcome: "办理结果", barred: "回避：{who}", why: "核对条件", noStep: "没有待办步骤。", sayAmount: "条款不计算金额：批准时请在理由开头写明金额，如 20万元。", waits: "等企业办理", recorded: "已登记。", person: "企业政策页",
    pools: "资金池", limit: "预算", reserved: "已占用", spent: "已拨付", left: "剩余", low: "余额不足两成", year: "年度", setPool: "设定预算", yuan: "预算（元）", badYuan: "请输入金额，如 500,000.00", set: "已设定。", used: "已用比例", noPools: "尚无资金池。",
    payments: "拨付清单", listName: "清单编号", awards: "{n} 笔", root: "清单根", noPayments: "尚无清单。", listHint: "把已批准、尚未列入清单的资金编成一份清单，一人提请，另一人同意后签入日志。",
    reach: "覆盖", firms: "{n} 家企业", asked: "已申请", paid: "已拨付", missed: "应享未享", paidSum: "拨付金额", clawed: "需追回", issuer: "部门", near: "差一点", choose: "查看哪项政策的公平性", fairChart: "{scheme}：各类企业中已拨付、已申请、应享未享的数量", holiday: "本年度节假日安排尚未公布，期限仅按周末计算。", size: "规模", industry: "行业",
  },
  {
    nav: "Pages of policies", workbench: "Workbench", queue: "Queue", budget: "Budget", report: "Report", policies: "An enterprise's policies",
    book: "Book", newBook: "New", bookName: "Name of the new book (letters, digits, -)", version: "version {n} · {state}", text: "Text of the policy", noText: "No text yet. Paste it or open a file; what you select in it can be cited by a clause.",
    document: "Number or name", paste: "Paste a text", use: "Use", cite: "Cite what is selected", read: "Draft clauses from it", readDone: "{n} clauses were read, {rest} sentences were not understood; look at each before you save.", clauses: "Clauses (YAML)", editor: "Editor of clauses, with line numbers", problems: "Checks", noProblems: "The checks pass.", line: "line {n}", citesLine: "cited in line {n}", warning: "note", error: "error",
    effect: "Effect on all enterprises (nothing is signed)", computing: "Computing…", took: "{ms} ms", cost: "Change of cost", gains: "{n} gain", loses: "{n} lose", noEffect: "Nothing changes against what is in force.", brokenEffect: "The effect is computed once the clauses are right.",
    before: "in force", after: "after", eligible: "eligible", unknown: "not known", costs: "cost", begin: "begin", end: "cease", changes: "Clauses that change", gainers: "Gain most", losers: "Lose most", fairness: "By size and sector", group: "group", all: "all", unknownWord: "not known",
    steps: "Review and sign", draft: "Save the draft", final: "Confirm", shadow: "Run in shadow", live: "In force", ended: "End", withdrawn: "Withdraw", needSecond: "Who wrote a draft does not confirm it; one proposes to put it in force, another signs in and agrees, and both see its effect first.", saved: "Noted: {state}.", lastDay: "Last day in force", seen: "In force it changes the cost by {cost}.", unsaved: "There are changes that are not saved; save the draft first.", history: "What happened",
    states_draft: "draft", states_final: "final", states_shadow: "in shadow", states_live: "in force", states_ended: "ended", states_withdrawn: "withdrawn",
    all_: "all stages", filter: "Stage", keys: "Keys: ↑ ↓ choose, Enter opens, digits choose how a step ends.", noQueue: "Nothing is in the queue.", overdue: "overdue", chosen: "Application", outcome: "How it ends", barred: "must not do it: {who}", why: "Conditions", noStep: "No step is open.", sayAmount: "The clauses compute no amount: begin the reason of the approval with it, as 20万元.", waits: "waits for the enterprise", recorded: "It is noted.", person: "The enterprise's page",
    pools: "Pools", limit: "budget", reserved: "reserved", spent: "paid", left: "left", low: "less than a fifth is left", year: "year", setPool: "Set a budget", yuan: "Budget (yuan)", badYuan: "Type an amount, as 500,000.00", set: "It is set.", used: "share used", noPools: "No pool is set yet.",
    payments: "Payment lists", listName: "Name of the list", awards: "{n} awards", root: "root", noPayments: "No list yet.", listHint: "Puts all that is approved and in no list yet into one; another person agrees, and it is signed into the log.",
    reach: "Reach", firms: "{n} enterprises", asked: "asked", paid: "paid", missed: "missed", paidSum: "money paid", clawed: "to claw back", issuer: "Issuer", near: "nearly", choose: "Fairness of which scheme", fairChart: "{scheme}: how many of each group were paid, asked, or were missed", holiday: "The holidays of this year are not announced; deadlines count weekends alone.", size: "size", industry: "industry",
  },
);
const STATES = { draft: "states_draft", final: "states_final", shadow: "states_shadow", live: "states_live", ended: "states_ended", withdrawn: "states_withdrawn" } as const;
export type Move = keyof typeof STATES;
/** The state of a version of a book, in words. */
export const stateText = (state: string): string => (state in STATES ? say(STATES[state as Move]) : state);
