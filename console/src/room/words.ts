import { language } from "../words";
import { area } from "../words/area";

export const say = area(
  {
    map: "路网图", mapHint: "线的粗细和颜色表示排队，圆点为停车线灯色；按路口或车道进入。", junctions: "路口", lanes: "可变车道", junction: "路口", charge: "由谁控制", shows: "正在放行",
    since: "已持续", waiting: "排队", worst: "等待最久", vehicles: "{n} 辆", unknown: "未知", nothing: "无", stage: "阶段 {n}", changing: "正在切换", seconds: "{n} 秒",
    plan: "本地方案", loop: "控制回路", hand: "人工", shelf: "回路已搁置", lost: "数据中断，本地方案", stopped: "回路已停止",
    green: "绿", yellow: "黄", red: "红", dark: "无信号", loopStopped: "{loop} 已停止：{why}。路口和车道按本地方案运行；请工程师处理。", loopShelved: "{loop} 被 {who} 搁置至 {until}：{reason}",
    heldBy: "{who} 人工保持：{act}（{reason}）", heldSince: "自 {at} 起", anonymous: "有人", noReason: "未写理由", shelvedBy: "{who} 自 {at} 起不让回路下令，至 {until}：{reason}",
    ordered: "已令放行阶段 {n}，有效至 {until}", pending: "路口尚未执行", inForce: "正在执行", planStage: "本地方案此刻为阶段 {n}", heard: "控制机最近回报 {at}", skew: "控制机时钟偏差 {n} 秒",
    stages: "阶段", greens: "放行", cost: "再等代价（人·秒）", pressure: "压力", now: "当前", held: "保持中", queues: "各进口车道", arriving: "到达 辆/时", waited: "已等 秒", detector: "检测器",
    works: "可信", idle: "尚无车辆", broken: "不可信", blocked: "下游已满", occupied: "有车", why: "为什么", alternatives: "其他选择", decisions: "最近决策", effects: "指令效果", good: "达到", bad: "未达到", noDecision: "尚无决策。", noEffect: "尚无可计量的效果。",
    picture: "路口 {name}：{heads}", approaches: "各进口路段（每分钟统计）", flow: "流量 辆/时", occupancy: "占有率 %", road: "路段", order: "指令",
    holdHint: "路口信号机的安全联锁仍然有效：最小绿灯、黄灯、清空时间照常执行。解除前一直保持。", hold: "保持", release: "解除，交还回路", close: "立即关闭", in: "进城方向开放", out: "出城方向开放", confirmEmpty: "人工确认已清空",
    reason: "理由", name: "姓名", choose: "阶段", do: "执行", back: "返回", done: "已记录；回路下一拍执行。", next: "继续", notYours: "值班员、调度员或管理员可以操作。",
    handTitle: "{act} · {what}", closeHint: "先黄灯预告 20 秒，再亮红叉；确认清空后才能再开放。保持关闭，直到解除。", openHint: "先关闭并确认清空，联锁放行后才开放；不会跳过任何安全步骤。", releaseHint: "交还潮汐回路，由它按需求决定方向。",
    confirmHint: "只在亲眼（摄像头或现场）看到车道已空时使用。确认代替下列检测器证据，{s} 秒内有效，任一检测器再动作即作废。", overrides: "由你代替的证据", never: "任何人都不能代替", nothingLacking: "目前没有可由人代替的缺项。", sure: "我已看到整条车道没有车辆", confirmTwice: "再次确认：车道为空", secondTime: "这是第二次询问。你的姓名会写入日志。",
    way: "现在可驶入方向", steps: "换向步骤", doneStep: "已完成", nowStep: "当前", aheadStep: "未到", lacks: "还缺什么", lacksOpen: "现在换向会卡在哪里", lacksNothing: "什么都不缺。", confirmable: "可由人确认", notConfirmable: "任何人都不能代替", left: "至少还要 {time}",
    ends: "两端", end: "{name} 端", saysRed: "车道灯回报红叉", notRed: "车道灯未回报红叉", heardAt: "最近回报 {at}", silent: "失联", counts: "检测器计数（自上次确认清空以来）", gate: "门架 {n}", zone: "区段 {n}", count: "通过", seesNow: "此刻有车", failed: "自报故障", yes: "是", no: "否",
    asked: "已请值班员用摄像头查看。", confirmedUntil: "人工确认有效至 {at}", tide: "未来一小时需求", tideHint: "实线为预计，虚线为现有车道能通过的流量，点线为加上可变车道。", expected: "预计 {way}", carried: "{way} 现有能力", withLane: "{way} 加可变车道", time: "时间", vehH: "辆/时",
    sums: "现在换向值不值", gain: "一小时内可省", clearing: "清空代价", clearTime: "清空用时", share: "受益方向占比", later: "晚些换向最多可省", pays: "值得换向", paysNot: "目前不值得换向", vehHours: "{n} 车时", inside: "车道内", signalPlan: "信号方案", flows: "此刻", insideUnknown: "车道内车数未知",
    charts: "信号评价、协调图、时空图", whatif: "推演：如果早些换向", backtest: "回测：某段时间换一种控制", gone: "没有这个路口或车道，或者它的回路已停止。", all: "全部交通", brief: "{title}，{charge}，排队 {n}", laneBrief: "{title}，{way}，{step}", lacking: "缺 {n} 项", actions: "人工处置",
  },
  {
    map: "Network", mapHint: "A line's width and colour tell the queue, dots what stop lines show; press a junction or the lane.", junctions: "Junctions", lanes: "Reversible lanes", junction: "Junction", charge: "In charge", shows: "Shows",
    since: "For", waiting: "Waiting", worst: "Waited longest", vehicles: "{n} veh", unknown: "unknown", nothing: "none", stage: "stage {n}", changing: "changing", seconds: "{n} s",
    plan: "local plan", loop: "loop", hand: "by hand", shelf: "loop shelved", lost: "data lost, local plan", stopped: "loop stopped",
    green: "green", yellow: "yellow", red: "red", dark: "no signal told", loopStopped: "{loop} was stopped: {why}. Junctions and lanes are on their local plans; call an engineer.", loopShelved: "{loop} is shelved by {who} until {until}: {reason}",
    heldBy: "{who} holds it by hand: {act} ({reason})", heldSince: "since {at}", anonymous: "somebody", noReason: "no reason given", shelvedBy: "{who} keeps the loop's orders from it since {at}, until {until}: {reason}",
    ordered: "ordered to show stage {n}, until {until}", pending: "not shown yet", inForce: "shown", planStage: "its own plan would show stage {n}", heard: "controller last heard {at}", skew: "its clock is {n} s off",
    stages: "Stages", greens: "Green", cost: "cost of it next (person-s)", pressure: "pressure", now: "now", held: "held", queues: "Approach lanes", arriving: "arriving veh/h", waited: "waited s", detector: "detector",
    works: "believed", idle: "no vehicle yet", broken: "not believed", blocked: "full downstream", occupied: "occupied", why: "Why", alternatives: "Other ways", decisions: "Last decisions", effects: "What orders brought about", good: "reached", bad: "not reached", noDecision: "No decision yet.", noEffect: "Nothing measured yet.",
    picture: "Junction {name}: {heads}", approaches: "Roads (counted each minute)", flow: "flow veh/h", occupancy: "occupied %", road: "Road", order: "order",
    holdHint: "The controller's own interlock stands above it: least green, yellow and clearing are kept. It holds until released.", hold: "Hold", release: "Release to the loop", close: "Close at once", in: "Open inbound", out: "Open outbound", confirmEmpty: "Confirm that it is empty",
    reason: "Reason", name: "Name", choose: "Stage", do: "Do it", back: "Back", done: "It is in the log; the loop acts at its next turn.", next: "Go on", notYours: "A duty officer, dispatcher or administrator may act.",
    handTitle: "{act} · {what}", closeHint: "Amber for 20 s, then the red X; it opens again only when proved empty. It stays closed until released.", openHint: "It is closed and proved empty first, and opens when the interlock lets it; no step of safety is left out.", releaseHint: "Back to the tidal loop, which decides by demand.",
    confirmHint: "Only if you see (by camera or on site) that the lane is empty. It stands for the detectors' evidence below, for {s} s, until any detector moves.", overrides: "Evidence you stand for", never: "What nobody can stand for", nothingLacking: "Nothing is lacking that a person could stand for.", sure: "I have seen that there is no vehicle in the whole lane", confirmTwice: "Confirm again: the lane is empty", secondTime: "This is the second time it asks. Your name goes into the log.",
    way: "May be entered now", steps: "Steps of turning", doneStep: "done", nowStep: "now", aheadStep: "ahead", lacks: "What is lacking", lacksOpen: "What would keep it closed if it turned now", lacksNothing: "Nothing is lacking.", confirmable: "a person may stand for it", notConfirmable: "nobody can stand for it", left: "at least {time} more",
    ends: "Both ends", end: "End {name}", saysRed: "the sign says red X", notRed: "the sign has not said red X", heardAt: "last heard {at}", silent: "silent", counts: "Detectors (since it was last proved empty)", gate: "gate {n}", zone: "zone {n}", count: "passed", seesNow: "occupied now", failed: "says it failed", yes: "yes", no: "no",
    asked: "The duty officer was asked to look by camera.", confirmedUntil: "confirmed by a person until {at}", tide: "Demand of the next hour", tideHint: "Solid: expected. Dashed: what the ordinary lanes carry. Dotted: with the reversible lane.", expected: "{way} expected", carried: "{way} carried", withLane: "{way} with the lane", time: "Time", vehH: "veh/h",
    sums: "Whether turning pays now", gain: "saved within an hour", clearing: "clearing costs", clearTime: "clearing takes", share: "share of the gaining way", later: "turning later saves at most", pays: "turning pays", paysNot: "turning does not pay now", vehHours: "{n} veh·h", inside: "in the lane", signalPlan: "signal plan", flows: "now", insideUnknown: "vehicles in the lane unknown",
    charts: "Charts: measures, coordination, time-space", whatif: "What if it had turned earlier", backtest: "Backtest: a stretch steered otherwise", gone: "There is no such junction or lane, or its loop was stopped.", all: "All traffic", brief: "{title}, {charge}, waiting {n}", laneBrief: "{title}, {way}, {step}", lacking: "{n} lacking", actions: "By hand",
  },
);

/** Who decides, in words. */
export const chargeText = (charge: "plan" | "loop" | "hand" | "shelf" | "lost" | "stopped"): string => say(charge);

/** What a person wants, in words; the API's own word where there is none. */
export function actText(act: string): string {
  const [verb, stage] = act.split(" ");
  if (verb === "hold" && stage) return say("stage", { n: stage });
  return act === "close" || act === "in" || act === "out" ? say(act) : act;
}

const SIDES: Record<string, string> = { N: "北", E: "东", S: "南", W: "西" };
const TURNS: Record<string, string> = { left: "左转", through: "直行", right: "右转", around: "掉头", walk: "行人" };

/** What a signal group, or a lane by its turns, is called: "W-right/through" is 西右转直行; another name stays as it is. */
export function movementText(name: string): string {
  const [, side = "", told = ""] = /^([NESW])-([a-z/]+)$/.exec(name) ?? [];
  const turns = told.split("/");
  if (!side || !turns.every((turn) => turn in TURNS)) return name;
  return language.value === "zh" ? SIDES[side]! + turns.map((turn) => TURNS[turn]).join("") : `${side} ${told}`;
}
/** Several of them. */
export const movementsText = (names: readonly string[]): string => names.map(movementText).join(language.value === "zh" ? "、" : ", ");
/** A road by where it leads and whence: "road/J0101-from-N". */
export function roadText(entity: string): string {
  const [, junction = "", side = ""] = /^road\/(.+)-from-([NESW])$/.exec(entity) ?? [];
  if (!junction) return entity;
  return language.value === "zh" ? `${SIDES[side]}进口` : `from ${side}`;
}
