// A recorded stretch of the streets, driven again: asked, followed, read, printed.

import { area } from "./area";

export const b = area(
  {
    title: "街道回测", intro: "选一段有记录的时间，在孪生中重新走一遍：固定配时、现行回路，以及想试的参数、方案或车道时刻表。先核对孪生能否复现记录；不能复现就不作比较。",
    day: "日期", from: "起", to: "止（不晚于起则为次日）", seeds: "抽样次数", span: "时段", always: "固定配时与现行回路总会对比。",
    settings: "同时试用其他参数或方案", name: "参数 {n}", value: "数值 {n}", addSetting: "加一个参数", removeSetting: "去掉参数 {n}", settingHint: "如 signals.patience_s、tidal.hold_min；固定配时用 plan.J0101.offset_s、plan.J0101.stage0_s",
    turns: "同时试用车道时刻表（信号为固定配时）", turnAt: "时刻 {n}", turnWay: "方向 {n}", inbound: "进城方向", outbound: "出城方向", closed: "关闭", addTurn: "加一次换向", removeTurn: "去掉第 {n} 次换向",
    reason: "用途", who: "姓名", run: "回测", cost: "约 {hours} 小时街道，预计 {minutes} 分钟或更久；服务器照常运行。", begun: "已开始", running: "第 {n} 号正在重走：{done}", stop: "停止", remove: "删除", kept: "以往的回测", none: "还没有回测。", open: "查看第 {n} 号", by: "{who}，{at}", unknownWho: "本机",
    answer: "第 {n} 号回测", refused: "不作比较", failed: "未完成", stretch: "{from} 至 {to}，{n} 次抽样，共 {came} 辆", fit: "复现程度", fits: "相符", fitsNot: "不符",
    fitText: "{run}（{verdict}）：停车等待 {twin} 车时，记录 {was} 车时（{off}）；{close} 的进口道流量相符；各进口道平均排队误差 {error} 辆",
    table: "各方案对比", plan: "方案", lost: "损失（车时）", worst: "最差抽样", saved: "比固定配时少", least: "最少", queue: "最长排队（辆）", where: "所在", stops: "每车停车", stranded: "滞留（辆）", tried: "参数",
    curves: "全部进口道排队", recorded: "记录", veh: "辆", roads: "各进口道平均排队（辆）", road: "进口道", spread: "± 为抽样的标准差", doubts: "这些数字不说明的事",
    csv: "下载表格（CSV）", print: "打印或存为 PDF", signed: "签字：________________　日期：____________", hash: "结果 SHA-256：{hash}；软件 {version}；记录至 {offset}", promising: "值得一试？让这些参数在现行回路旁影子运行，再由两人转正：", shadow: "影子运行 {loop}", link: "回测：某段时间换一种控制会怎样", asked: "用途：{reason}", mayNot: "回测由值班员、工程师或管理员发起。",
  },
  {
    title: "Streets driven again", intro: "Choose a recorded stretch and drive it again in the twin: under the plan in force, the loops as they run, and whatever you want to try. First it is shown whether the twin gives the record back; where it does not, nothing is compared.",
    day: "Day", from: "From", to: "To (the next day if not later)", seeds: "Draws", span: "Stretch", always: "The plan in force and the loops as they run are always compared.",
    settings: "Other settings or plans to try", name: "Setting {n}", value: "Value {n}", addSetting: "Add a setting", removeSetting: "Leave out setting {n}", settingHint: "such as signals.patience_s, tidal.hold_min; of the plan plan.J0101.offset_s, plan.J0101.stage0_s",
    turns: "A timetable of the lane to try (signals on their plan)", turnAt: "Time {n}", turnWay: "Way {n}", inbound: "inbound", outbound: "outbound", closed: "closed", addTurn: "Add a turn", removeTurn: "Leave out turn {n}",
    reason: "What for", who: "Name", run: "Drive it again", cost: "About {hours} hours of streets: {minutes} minutes or more; the server goes on as ever.", begun: "Begun", running: "Number {n} is being driven: {done}", stop: "Stop", remove: "Delete", kept: "Those before", none: "None yet.", open: "Look at number {n}", by: "{who}, {at}", unknownWho: "this machine",
    answer: "Backtest {n}", refused: "Nothing is compared", failed: "It came to nothing", stretch: "{from} to {to}, {n} draws, {came} vehicles", fit: "How well the twin gives the record back", fits: "fits", fitsNot: "does not fit",
    fitText: "{run} ({verdict}): {twin} vehicle hours stood, {was} as recorded ({off}); the flow of {close} of the approaches is close; an approach's mean queue within {error} vehicles",
    table: "Side by side", plan: "Steered by", lost: "Lost (veh·h)", worst: "Worst draw", saved: "Saved", least: "Least", queue: "Worst queue (veh)", where: "Where", stops: "Stops a vehicle", stranded: "Stranded (veh)", tried: "Settings",
    curves: "Waiting on all approaches", recorded: "recorded", veh: "veh", roads: "Mean queue by approach (veh)", road: "Approach", spread: "± is one standard deviation over the draws", doubts: "What these figures do not hold",
    csv: "Download the table (CSV)", print: "Print or save as PDF", signed: "Signed: ________________  Date: ____________", hash: "SHA-256 of the result: {hash}; version {version}; record up to {offset}", promising: "Worth a trial? Let these settings run in shadow beside the loop, then two people promote them:", shadow: "Shadow of {loop}", link: "Backtest: a recorded stretch, steered otherwise", asked: "For: {reason}", mayNot: "Officers, engineers and administrators begin backtests.",
  },
);
