// Words of what takes two people, and of drafts that people look through.

import { area } from "../words/area";

export const say = area(
  {
    proposed: "{who} 于 {at} 提请，{until} 前有效", because: "理由：{reason}", exactly: "所同意的正是此内容（{hash}）。", own: "须由另一人同意；您可以撤回。", bySignIn: "须以本人账号登录后同意。",
    propose: "提请生效", agree: "同意", decline: "不同意", takeBack: "撤回提请", proposedDone: "已提请，等待另一人同意。", agreedDone: "已同意。", declinedDone: "已退回。",
    proposeList: "提请拨付清单", waiting: "等待第二人同意的清单", listProposed: "已提请：{n} 笔，{sum}，等待另一人同意。",
    upload: "打开文件（PDF、DOCX、OFD、网页、文本）", reading: "正在读取文件…", wasRead: "已读入 {name}（{format}{pages}），请核对后采用。", pages: "，{n} 页", note: "注意：{words}",
    drafts: "逐条确认", draftsHint: "草稿状态的条款不会生效。对照原文逐条确认；不需要的条款可以去掉。", scheme: "条款", status: "状态", isDraft: "待确认", isFinal: "已确认", confirm: "确认 {id}", again: "退回 {id}", leaveOut: "去掉 {id}", confirmAll: "全部确认", noDay: "原文没有写明生效日：", begins: "生效日", setDay: "写入生效日",
    addFact: "增加信息项", factName: "代号（小写字母、数字、_）", factZh: "名称", factEn: "英文名称", factKind: "种类", factUnit: "单位", factWords: "可选的词（空格分开）", add: "加入条款", factHint: "加入后可在条款中引用：{require: {fact: 代号, …}}。影子运行时即可录入数据。",
    kind_yes_no: "是或否", kind_money: "金额", kind_number: "数量", kind_date: "日期", kind_category: "类别", kind_tags: "资质标签", yes: "是", no: "否", unset: "（未填）", asMoney: "如 3000万元",
    toldBy: "信息来源", source_enterprise: "企业自报", source_department: "主管部门", source_registry: "市场监管登记", source_statistics: "统计",
    weekends: "{year} 年节假日安排尚未公布，期限暂按周末计算，公布后可能后延",
    person: "为哪位人员申请（证书编号；按人限额，每人一份）",
    file: "录入企业信息", fact: "信息项", value: "内容", asOf: "截止日期", fileTold: "信息已记入档案。",
    uncounted: "另有 {n} 家符合但金额由人核定", most: "，合计至多 {amount}",
    digest: "政策速递", digestNone: "本期没有可告知的政策。", sendDigests: "向已同意推送的企业发送政策速递", period: "期号（如 2026-W48）", send: "发送", digestsSent: "第 {period} 期已发送；每家企业一份。",
  },
  {
    proposed: "{who} proposed it on {at}; it stands until {until}", because: "Reason: {reason}", exactly: "What is agreed to is exactly this ({hash}).", own: "Another person must agree; you may take it back.", bySignIn: "To agree, sign in with your own account.",
    propose: "Propose to put it in force", agree: "Agree", decline: "Decline", takeBack: "Take it back", proposedDone: "It is proposed; another person must agree.", agreedDone: "It is agreed.", declinedDone: "It was declined.",
    proposeList: "Propose a payment list", waiting: "Lists that wait for a second person", listProposed: "Proposed: {n} awards, {sum}; another person must agree.",
    upload: "Open a file (PDF, DOCX, OFD, web page, text)", reading: "Reading the file…", wasRead: "{name} was read ({format}{pages}); look it through, then use it.", pages: ", {n} pages", note: "Note: {words}",
    drafts: "Confirm clause by clause", draftsHint: "Clauses that are drafts never come into force. Hold each against the text and confirm it; leave out what you do not want.", scheme: "Clause", status: "Status", isDraft: "to be confirmed", isFinal: "confirmed", confirm: "Confirm {id}", again: "Back to draft {id}", leaveOut: "Leave out {id}", confirmAll: "Confirm all", noDay: "The text names no first day: ", begins: "First day", setDay: "Write it in",
    addFact: "Add a fact", factName: "Name (small letters, digits, _)", factZh: "Title in Chinese", factEn: "Title in English", factKind: "Kind", factUnit: "Unit", factWords: "Words it may be (blanks between)", add: "Add to the clauses", factHint: "Clauses may then ask for it: {require: {fact: name, …}}. It can be told as soon as the book runs in shadow.",
    kind_yes_no: "yes or no", kind_money: "money", kind_number: "number", kind_date: "day", kind_category: "category", kind_tags: "tags", yes: "yes", no: "no", unset: "(not told)", asMoney: "as 3000万元 or 500000 yuan",
    toldBy: "Source", source_enterprise: "the enterprise", source_department: "department in charge", source_registry: "company registry", source_statistics: "statistics office",
    weekends: "the holidays of {year} are not announced; weekends alone are counted, and the day may move back",
    person: "For whom (number of the certificate; it is capped by person, one application each)",
    file: "Tell a fact of the enterprise", fact: "Fact", value: "Value", asOf: "True of", fileTold: "It is in the file.",
    uncounted: "{n} more qualify whose amount a person sets", most: ", up to {amount} together",
    digest: "What we tell you", digestNone: "There is nothing to tell.", sendDigests: "Send digests to the enterprises that agreed to them", period: "Period (as 2026-W48)", send: "Send", digestsSent: "The digests of {period} went out, one to each enterprise.",
  },
);
export const KINDS = { yes_no: "kind_yes_no", money: "kind_money", number: "kind_number", date: "kind_date", category: "kind_category", tags: "kind_tags" } as const;
export const SOURCES = { department: "source_department", registry: "source_registry", statistics: "source_statistics", enterprise: "source_enterprise" } as const;
