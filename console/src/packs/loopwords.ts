import { area } from "../words/area";

export const say = area(
  {
    loops: "控制回路", every: "每 {time} 一拍", turn: "最近一拍 {at}", decisions: "已决策 {n} 次", overtaken: "{n} 条指令被取代", failed: "已停止：{why}", held: "{what} 由 {who} 搁置至 {until}：{reason}", whole: "整个回路", unshelve: "解除搁置", shelve: "搁置",
    entity: "只搁置这一个对象（留空为整个回路）", hours: "小时", recent: "最近决策", none: "尚无决策。", shadow: "影子运行：{settings}", asShipped: "出厂参数", agree: "一致 {both} 条指令，仅现行 {live}，仅影子 {shadow}", try: "试参数", tryHint: "一行一个，如 every=10000000000", settings: "参数", setShadow: "影子运行", endShadow: "结束影子", stepBack: "退回一步",
    reason: "理由", name: "姓名", anonymous: "有人", noReason: "未写理由", effects: "最近效果", good: "达到", bad: "未达到", besidePlan: "只在影子中运行（搁置回路，配时照旧）", beside: "影子与街上所示", besideText: "已对照 {time}：{share} 的时间与街上所示阶段相同；另有 {calls} 次想换别的阶段，按自身预测平均每次少等 {gain}",
    alone: "回路已搁置：街上是固定配时，影子只决策、记录，不下指令。", notAlone: "街上由现行回路控制；要与固定配时对照，须同时搁置回路。", forecast: "预测不能相加为实际节省；实际能省多少，用这一段的回测来答：", answered: "回测这一段", place: "对象", same: "相同时间", calls: "想换次数", gain: "每次预测", seen: "对照时长", changed: "现行参数：{settings}",
  },
  {
    loops: "Loops", every: "a turn every {time}", turn: "last turn {at}", decisions: "{n} decisions", overtaken: "{n} orders overtaken", failed: "stopped: {why}", held: "{what} shelved by {who} until {until}: {reason}", whole: "the whole loop", unshelve: "End the shelf", shelve: "Shelve",
    entity: "Only this thing (empty for the whole loop)", hours: "Hours", recent: "Last decisions", none: "No decision yet.", shadow: "in shadow: {settings}", asShipped: "as shipped", agree: "{both} orders agree, {live} only live, {shadow} only in shadow", try: "Try settings", tryHint: "one a line, such as every=10000000000", settings: "Settings", setShadow: "Run in shadow", endShadow: "End the shadow", stepBack: "Step back",
    reason: "Reason", name: "Name", anonymous: "somebody", noReason: "no reason given", effects: "Last effects", good: "reached", bad: "not reached", besidePlan: "Only in shadow (shelve the loop, the plan runs on)", beside: "The shadow and the street", besideText: "{time} compared: for {share} of it the street showed what the shadow wanted; {calls} times it called for another stage and expected, by its own forecast, {gain} less waiting each",
    alone: "The loop is shelved: the plan in force is on the street; the shadow decides and is noted, and orders nothing.", notAlone: "The live loop steers the street; to compare with the plan in force the loop must be shelved as well.", forecast: "Forecasts do not add up to what was saved; what it would have saved is answered by driving this stretch again:", answered: "Backtest of this stretch", place: "Thing", same: "Same", calls: "Other calls", gain: "Expected each", seen: "Compared", changed: "in force: {settings}",
  },
);
