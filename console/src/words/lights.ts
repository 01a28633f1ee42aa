import { area } from "./area";

export const sayLight = area(
  {
    title: "灯色还有多久", about: "约 {likely} 秒（{least} 至 {most}）", soon: "即将变化", unknown: "还无法预计", green: "绿", yellow: "黄", red: "红",
    error: "近半小时的预计：中位误差 {off} 秒，{near}% 在 2 秒以内。", noError: "近半小时还没有可比较的变化。",
  },
  {
    title: "How long yet", about: "about {likely} s ({least} to {most})", soon: "about to change", unknown: "cannot be told yet", green: "green", yellow: "yellow", red: "red",
    error: "Over the last half hour such times were {off} s off (median), {near}% within 2 s.", noError: "Nothing to compare in the last half hour yet.",
  },
);
