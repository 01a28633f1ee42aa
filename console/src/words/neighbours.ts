// 邻处 and paper: words of the case page's additions.

import { area } from "./area";

export const n = area(
  {
    title: "邻处为何没有触发", hint: "对相邻的每个对象，按立案前后半小时的记录把规则重新运行一遍。", ask: "查问邻处", asking: "正在重新运行规则…", none: "没有相邻的对象。",
    near: "最接近：{field} {value}，限值 {limit}。", saw: "（{n} 条记录，缺值 {missing}，隔离 {aside}，最近 {at}）", paper: "打印",
  },
  {
    title: "Why the neighbour did not", hint: "For each thing beside it the rule runs once more on what was recorded half an hour to either side of the opening.", ask: "Ask about the neighbours", asking: "The rule runs once more…", none: "Nothing stands beside it.",
    near: "Nearest: {field} {value}, limit {limit}.", saw: "({n} records, {missing} without the value, {aside} set aside, newest {at})", paper: "On paper",
  },
);
