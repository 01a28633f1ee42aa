import { area } from "../words/area";

export const say = area(
  {
    loops: "控制回路", every: "每 {time} 一拍", turn: "最近一拍 {at}", decisions: "已决策 {n} 次", overtaken: "{n} 条指令被取代", failed: "已停止：{why}", held: "{what} 由 {who} 搁置至 {until}：{reason}", whole: "整个回路", unshelve: "解除搁置", shelve: "搁置",
    entity: "只搁置这一个对象（留空为整个回路）", hours: "小时", recent: "最近决策", none: "尚无决策。", shadow: "影子运行：{settings}", asShipped: "出厂参数", agree: "一致 {both} 条指令，仅现行 {live}，仅影子 {shadow}", try: "试参数", tryHint: "一行一个，如 every=10000000000", settings: "参数", setShadow: "影子运行", endShadow: "结束影子", stepBack: "退回一步",
    reason: "理由", name: "姓名", anonymous: "有人", noReason: "未写理由", effects: "最近效果", good: "达到", bad: "未达到", changed: "现行参数：{settings}",
  },
  {
    loops: "Loops", every: "a turn every {time}", turn: "last turn {at}", decisions: "{n} decisions", overtaken: "{n} orders overtaken", failed: "stopped: {why}", held: "{what} shelved by {who} until {until}: {reason}", whole: "the whole loop", unshelve: "End the shelf", shelve: "Shelve",
    entity: "Only this thing (empty for the whole loop)", hours: "Hours", recent: "Last decisions", none: "No decision yet.", shadow: "in shadow: {settings}", asShipped: "as shipped", agree: "{both} orders agree, {live} only live, {shadow} only in shadow", try: "Try settings", tryHint: "one a line, such as every=10000000000", settings: "Settings", setShadow: "Run in shadow", endShadow: "End the shadow", stepBack: "Step back",
    reason: "Reason", name: "Name", anonymous: "somebody", noReason: "no reason given", effects: "Last effects", good: "reached", bad: "not reached", changed: "in force: {settings}",
  },
);
