// Words of the past: what stood on a day.

import { area } from "./area";

export const p = area(
  {
    title: "历史时点", choose: "查看哪一天", show: "查看", back: "回到现在",
    banner: "历史时点：政策按 {day}，信息截至 {known}。这是当时的情况，只供查看，不能办理。",
    endOf: "{day} 终了", working: "正在按日志还原当时的情况：已完成 {part}%", decided: "作出决定时的情况",
  },
  {
    title: "As it stood", choose: "On which day", show: "Show", back: "Back to now",
    banner: "The past: policies of {day}, what was known by {known}. It is for looking at; nothing can be done here.",
    endOf: "the end of {day}", working: "Working out from the log what stood then: {part}% is done", decided: "As it stood when it was decided",
  },
);
