// 演练: the words of drills.

import { area } from "./area";

export const d = area(
  {
    title: "演练", begin: "开始演练", from: "起", to: "止", speed: "速度", name: "主持人姓名",
    intro: "在与现场隔离的副本上重放一段真实的过去，供人练习。演练中的任何操作都不会发往现场，也不写入正式日志；结束时只记下演练已举行、主持人和结果。",
    none: "现在没有演练。", preparing: "正在准备 {share}", running: "进行中", paused: "已暂停", over: "时段已演完", failed: "未能进行",
    enter: "进入演练", leave: "离开演练", pause: "暂停", resume: "继续", faster: "加快", slower: "放慢", end: "结束演练",
    confirmEnd: "结束并记录演练？副本将被删除。", yes: "结束并记录", no: "返回", time: "演练时间", held: "历次演练", holder: "主持 {who}",
    sheet: "成绩单", sheetNow: "查看目前成绩", case: "事件", drill: "演练", then: "当日实际", opened: "立案", accepted: "签收", reported: "反馈",
    verified: "核查", closed: "结案", missed: "超期", mistakes: "差错", noMistakes: "没有差错。", carried: "开始前已立案", people: "参与人 {who}",
    notThen: "当日没有", notNow: "演练中没有", total: "超期 {n} 次（当日 {then} 次）", reached: "演至 {at}", built: "演练前状态由 {at} 起的记录建立",
    banner: "演练中：所见为过去的数据，操作不会发往现场。", speeds: "用过的速度 {list}", record: "日志 {id} · 第 {offset} 行",
    never: "未", noRows: "此段没有案卷。", controls: "演练控制", noneHeld: "还没有举行过演练。",
  },
  {
    title: "Drill", begin: "Begin the drill", from: "From", to: "To", speed: "Speed", name: "Name of who holds it",
    intro: "A part of the real past once more, on a copy that is cut off from the field, for people to practise on. Nothing done in a drill reaches the field or the real log; at its end only that it was held, by whom and what came of it is kept.",
    none: "No drill is on.", preparing: "Preparing {share}", running: "Running", paused: "Paused", over: "The span has gone by", failed: "It failed",
    enter: "Enter the drill", leave: "Leave the drill", pause: "Pause", resume: "Go on", faster: "Faster", slower: "Slower", end: "End the drill",
    confirmEnd: "End the drill and record it? The copy is removed.", yes: "End and record", no: "Back", time: "Time in the drill", held: "Drills held", holder: "held by {who}",
    sheet: "Sheet", sheetNow: "Show the sheet so far", case: "Event", drill: "Drill", then: "That day", opened: "Opened", accepted: "Accepted", reported: "Reported",
    verified: "Verified", closed: "Closed", missed: "Missed", mistakes: "Mistakes", noMistakes: "No mistakes.", carried: "open before it began", people: "Took part: {who}",
    notThen: "not that day", notNow: "not in the drill", total: "{n} deadlines missed (that day {then})", reached: "It went as far as {at}", built: "The state before it was made from records since {at}",
    banner: "This is a drill: what you see is the past, and nothing you do reaches the field.", speeds: "Speeds {list}", record: "Log {id} · line {offset}",
    never: "never", noRows: "No cases in this span.", controls: "Controls of the drill", noneHeld: "No drill was held yet.",
  },
);
