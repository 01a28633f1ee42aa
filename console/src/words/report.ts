// 交接班 and 日报: the words of reports.

import { area } from "./area";

export const r = area(
  {
    title: "报告", handover: "交接班", daily: "日报", new: "新建", from: "起", to: "止", figures: "生成", intro: "数字由日志生成，不可改动；文字由人填写；签署后成为日志的一行，改动即为新版本。",
    presets: "常用时段", lastShift: "最近 8 小时", lastHalfDay: "最近 12 小时", yesterday: "昨天", today: "今天",
    list: "已签署", none: "还没有。", open: "打开", by_handover: "交班人", by_daily: "报告人", second: "接班人", awaiting: "待接班人签署", version: "第 {n} 版", replaces: "取代",
    sign_handover: "以交班人签署", sign_daily: "签署日报", takeOver: "以接班人签署", edit: "修改为新版本", print: "打印", proof: "下载证明（可离线验证）", back: "返回列表", name: "签署人姓名",
    counts: "概况", opened: "立案", closed: "结案", byHand: "其中人工结案", stillOpen: "未结", overdue: "超期", dispatched: "派单", settled: "办结", underWay: "在办工单", late: "超期工单", missed: "错过期限", setAside: "隔离记录",
    openCases: "未结案卷", closedCases: "本期结案", openedCases: "本期立案", orders: "在办工单", owner: "承办", due: "期限", nobody: "无人承办", entity: "对象", rule: "规则", state: "状态", case: "案卷",
    load: "报警负荷（ISA-18.2 / EEMUA 191）", operator: "操作员", alarms: "报警", perTen: "每十分钟", worst: "最多的十分钟", target: "目标", kept: "达标", broken: "未达标",
    silent: "静默数据源", since: "自 {at}", aside: "隔离的来源", times: "{n} 次", rules: "规则变更", shelved: "搁置中的规则", until: "至 {at}", watch: "需关注",
    changed: "变更", failed: "停用", shelvedVerb: "搁置", unshelved: "取消搁置", nothing: "无", notAll: "案卷过多，只列出最早的一部分。", upTo: "数字截至日志第 {n} 行", hash: "内容 SHA-256", line: "日志第 {n} 行", older: "较早版本", signed: "已签署",
    note_summary: "本期情况", note_matters: "交接事项", note_equipment: "设备与工器具", note_watch: "注意事项", note_remarks: "备注", note_events: "重要事件", note_measures: "已采取措施", note_tomorrow: "明日安排",
    unsaved: "未签署的文字只保存在此页面。", level: "级别", noisiest: "最吵的规则", sameReader: "须由另一人接班。",
  },
  {
    title: "Reports", handover: "Handover", daily: "Daily report", new: "New", from: "From", to: "To", figures: "Make it", intro: "The figures are made from the log and cannot be changed; the text is yours; once signed it is a line of the log, and a change is a new version.",
    presets: "Usual spans", lastShift: "Last 8 hours", lastHalfDay: "Last 12 hours", yesterday: "Yesterday", today: "Today",
    list: "Signed", none: "None yet.", open: "Open", by_handover: "Handed over by", by_daily: "Reported by", second: "Taken over by", awaiting: "awaits who takes over", version: "version {n}", replaces: "replaces",
    sign_handover: "Sign as who hands over", sign_daily: "Sign the report", takeOver: "Sign as who takes over", edit: "Change, as a new version", print: "Print", proof: "Download the proof (checks offline)", back: "Back to the list", name: "Name of who signs",
    counts: "At a glance", opened: "Opened", closed: "Closed", byHand: "of these by hand", stillOpen: "Still open", overdue: "Overdue", dispatched: "Orders given", settled: "Orders settled", underWay: "Orders under way", late: "Late orders", missed: "Deadlines missed", setAside: "Records set aside",
    openCases: "Cases still open", closedCases: "Cases closed", openedCases: "Cases opened", orders: "Orders under way", owner: "In the hands of", due: "Due", nobody: "nobody", entity: "Where", rule: "Rule", state: "State", case: "Case",
    load: "Alarm load (ISA-18.2 / EEMUA 191)", operator: "Operator", alarms: "Alarms", perTen: "In ten minutes", worst: "Worst ten minutes", target: "target", kept: "kept", broken: "not kept",
    silent: "Silent sources", since: "since {at}", aside: "Sources of what was set aside", times: "{n} times", rules: "Changes of rules", shelved: "Rules on a shelf", until: "until {at}", watch: "What to watch",
    changed: "changed", failed: "stopped", shelvedVerb: "shelved", unshelved: "off the shelf", nothing: "none", notAll: "There are too many cases; only the oldest are in it.", upTo: "Figures up to line {n} of the log", hash: "SHA-256 of the content", line: "line {n} of the log", older: "Earlier versions", signed: "signed",
    note_summary: "How it went", note_matters: "Matters handed over", note_equipment: "Equipment and tools", note_watch: "Take care of", note_remarks: "Remarks", note_events: "Events of note", note_measures: "Measures taken", note_tomorrow: "Tomorrow",
    unsaved: "What is not signed is kept on this page only.", level: "Severity", noisiest: "Noisiest rules", sameReader: "Somebody else must take over.",
  },
);
