import { area } from "../words/area";

export const say = area(
  {
    sinks: "工单去向", sink: "去向", assignees: "承办方", sent: "已送出", failed: "最近失败", waiting: "待发", dead: "死信", overtaken: "被取代", test: "试发", tested: "试发成功：{name}", notTaken: "试发未成功：{error}", fine: "正常", noSinks: "此处没有工单送出。",
    retention: "数据保存", stream: "数据流", records: "已归档记录", files: "文件", size: "占用", oldest: "最早", log: "日志文件占用 {size}；记录满 {hours} 小时后归档。", keep: "原始记录保存 {days}，小时汇总保存 {rollups}。", forever: "永久", days: "{n} 天", byWhom: "{who} 于 {at} 设定：{reason}", bySettings: "来自配置文件 haihe.toml。",
    change: "更改保存期限", rawDays: "原始记录（天，0 为永久）", rollupDays: "小时汇总（天，0 为永久）", reason: "理由", name: "姓名", warn: "超过期限的数据将在一小时内永久删除，无法恢复；更改记入日志。", save: "更改",
  },
  {
    sinks: "Where orders leave", sink: "sink", assignees: "for", sent: "sent", failed: "last failure", waiting: "waiting", dead: "dead letters", overtaken: "overtaken", test: "Test message", tested: "Taken by {name}", notTaken: "Not taken: {error}", fine: "fine", noSinks: "No orders leave from here.",
    retention: "What is kept", stream: "stream", records: "records in history", files: "files", size: "size", oldest: "oldest", log: "The log's file takes {size}; records move to history after {hours} h.", keep: "Records are kept {days}, what their hours came to {rollups}.", forever: "for ever", days: "{n} days", byWhom: "{who} said so on {at}: {reason}", bySettings: "The settings file haihe.toml says so.",
    change: "Keep it otherwise", rawDays: "Records (days, 0 for ever)", rollupDays: "Hours (days, 0 for ever)", reason: "Reason", name: "Name", warn: "What is older is deleted for good within the hour; the change is in the log.", save: "Change",
  },
);

const UNITS = ["B", "kB", "MB", "GB", "TB"];
/** A size in words, three digits. */
export function sizeText(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${UNITS[power]}`;
}
