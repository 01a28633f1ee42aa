// Words of when digests go out by themselves.

import { area } from "../words/area";

export const WEEKDAYS = ["day1", "day2", "day3", "day4", "day5", "day6", "day7"] as const;
export const say = area(
  {
    day1: "星期一", day2: "星期二", day3: "星期三", day4: "星期四", day5: "星期五", day6: "星期六", day7: "星期日",
    on: "每周{day} {time} 自动发送；已同意接收的企业 {n} 家，有新内容才发，每家一份。", next: "下一期：{at}", moved: "（遇休息日顺延至下一工作日）", last: "上一期：{at}", off: "尚未设定自动发送：已同意接收的 {n} 家企业只在人工发送时收到。",
    weekday: "每周", time: "时间", set: "设定自动发送", stop: "停止自动发送", isSet: "已设定。", isOff: "已停止自动发送。", byHand: "人工发送一期",
  },
  {
    day1: "Monday", day2: "Tuesday", day3: "Wednesday", day4: "Thursday", day5: "Friday", day6: "Saturday", day7: "Sunday",
    on: "They go out by themselves every {day} at {time}, to those of {n} enterprises that agreed and for whom something is new, one each.", next: "Next: {at}", moved: " (a day off moves it to the next working day)", last: "last: {at}", off: "Nobody has said when they go out by themselves: {n} enterprises that agreed hear of it by hand alone.",
    weekday: "Every", time: "at", set: "Send by itself", stop: "Stop sending by itself", isSet: "It is set.", isOff: "It is stopped.", byHand: "Send a round by hand",
  },
);
