import { area } from "../words/area";

export const say = area(
  {
    title: "指令 {id}", of: "对象", state: "状态", parameters: "随指令下达", why: "为什么", alternatives: "没有选择的", by: "依据", version: "系统包版本 {pack}，参数版本 {rule}", notTold: "未记录", asShipped: "参数未改动", changed: "{name} = {value}，{by}、{second} 于 {at} 转正：{reason}",
    hash: "全部参数的 SHA-256", effect: "效果", noEffect: "没有计量，或尚未到时间。", happened: "经过", heard: "自上一指令以来该对象的记录（{shown}/{total} 条）", others: "同一时段回路所见：{streams}", moved: "{n} 组记录已转入历史文件，证明中保留其哈希", saw: "决策另外查看的记录",
    good: "正常", late: "迟到", ahead: "时钟超前", proof: "下载离线证明", replay: "重放对比：在服务器上运行 haihe why {id} --replay", gone: "没有这条指令。", find: "查指令", when: "此刻及以前", look: "查找", none: "此前没有指令。", history: "历史指令", records: "记录", mark: "质量", observed: "发生", received: "入库",
    told: "已报检测器", doubted: "存疑检测器", connected: "网联车占比", until: "有效至", stage: "阶段", waiting: "排队", expected: "预计放行", way: "方向", plan: "信号方案", back: "返回",
  },
  {
    title: "Order {id}", of: "To", state: "State", parameters: "Given with it", why: "Why", alternatives: "Not chosen", by: "By what", version: "pack version {pack}, settings version {rule}", notTold: "not told", asShipped: "settings as shipped", changed: "{name} = {value}, made live by {by} and {second} at {at}: {reason}",
    hash: "SHA-256 of all settings", effect: "What it brought about", noEffect: "Not measured, or not yet.", happened: "What happened", heard: "Records of it since the order before ({shown} of {total})", others: "The loop had in that time: {streams}", moved: "{n} entries moved to history files; the proof has their hashes", saw: "Records the decision looked up beside",
    good: "good", late: "late", ahead: "clock ahead", proof: "Download the offline proof", replay: "To decide it once more and compare, run haihe why {id} --replay on the server", gone: "There is no such order.", find: "Find an order", when: "At or before", look: "Find", none: "No order before that.", history: "Earlier orders", records: "Record", mark: "Quality", observed: "Observed", received: "Received",
    told: "detectors that told", doubted: "doubted", connected: "connected share", until: "until", stage: "stage", waiting: "waiting", expected: "expected to pass", way: "way", plan: "signal plan", back: "Back",
  },
);

const NAMES = ["told", "doubted", "connected", "until", "stage", "waiting", "expected", "way", "plan"] as const;
/** What a parameter of an order is called; the API's own word where there is none. */
export const parameterText = (name: string): string => {
  const known = NAMES.find((one) => one === name);
  return known ? say(known) : name;
};
