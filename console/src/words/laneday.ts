// A recorded day of a reversible lane, asked: what if it had turned at another time?

import { area } from "./area";

export const l = area(
  {
    title: "潮汐车道推演", intro: "选一个有记录的日子，问：如果另行换向会怎样？先核对孪生能否复现当天，再推演；不能复现就不作答。",
    lane: "车道", none: "还没有潮汐车道的记录。", day: "日期", turns: "换向", turn: "第 {n} 次换向时刻", way: "方向", inbound: "进城方向", outbound: "出城方向", closed: "关闭",
    add: "加一次换向", remove: "去掉第 {n} 次", span: "时段（可不填：换向前一小时起三小时）", from: "起", to: "止", search: "同时在粗网格上找最优", other: "同时试用回路的其他参数", hold: "最短保持（分钟）", factor: "收益须为清空代价的几倍",
    run: "推演", running: "正在孪生中重放，约需十余秒……", refused: "不作答", fit: "孪生复现", fitText: "排队 {twin} 车时（记录 {was}）；每分钟排队误差 {error} 辆，最长 {worst} 辆；通行能力为设定的 {factor} 倍，另在红灯前人均停 {red} 秒",
    table: "各方案对比", plan: "方案", turned: "换向时刻", lost: "损失（车时）", saved: "比实际少损失", queue: "最长排队（辆）", gone: "排队消散", clearing: "清空用时（秒）", stranded: "滞留（辆）", asks: "需人工确认", left: "结束时仍排 {n} 辆", noQueue: "无积压",
    demand: "需求", demandIn: "进城", demandOut: "出城", vehH: "辆/时", veh: "辆", queues: "排队：{way}", recorded: "记录", twin: "孪生复现", bands: "车道方向", band: "{plan}：{parts}",
    link: "潮汐车道：如果另行换向会怎样？",
  },
  {
    title: "What if the lane had turned otherwise", intro: "Choose a recorded day and ask. First it is shown whether the twin gives the day back; where it does not, nothing is answered.",
    lane: "Lane", none: "No reversible lane has been recorded yet.", day: "Day", turns: "Turns", turn: "Time of turn {n}", way: "Way", inbound: "inbound", outbound: "outbound", closed: "closed",
    add: "Add a turn", remove: "Leave out turn {n}", span: "Stretch (empty: three hours from an hour before the first turn on)", from: "From", to: "To", search: "Look for the best of a coarse grid too", other: "Try other settings of the loop too", hold: "Minimum hold (minutes)", factor: "Gain, times the cost of clearing",
    run: "Ask", running: "Driving the day again in the twin; that takes ten seconds or more …", refused: "Not answered", fit: "The twin gives the day back", fitText: "{twin} vehicle hours waited (recorded: {was}); queues within {error} of at most {worst} vehicles; capacity {factor} times what is set; {red} s at red lights besides",
    table: "Side by side", plan: "Plan", turned: "Turned at", lost: "Lost (veh·h)", saved: "Saved", queue: "Worst queue (veh)", gone: "Queue gone", clearing: "Clearing (s)", stranded: "Stranded (veh)", asks: "Person asked", left: "{n} still waiting at the end", noQueue: "no queue",
    demand: "Demand", demandIn: "inbound", demandOut: "outbound", vehH: "veh/h", veh: "veh", queues: "Queue, {way}", recorded: "recorded", twin: "twin, as it was", bands: "The lane's way", band: "{plan}: {parts}",
    link: "Reversible lane: what if it had turned otherwise?",
  },
);
