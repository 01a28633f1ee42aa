import { area } from "../words/area";

export const say = area(
  {
    wanted: "请贵方办理", nothingWanted: "目前没有需要贵方办理的事项。", by: "期限", done: "已办结", waits: "已反馈，等待核查",
    points: "我的点位", noPoints: "尚无登记在贵方名下的点位。", point: "点位", state: "最新状态", at: "时间", silent: "尚无数据",
    cases: "与我有关的案卷", noCases: "没有案卷。", opened: "立案", closed: "结案", more: "另有 {n} 个未列出",
    looks: "谁看过我的数据", noLooks: "尚无人查看。", looked: "{who} 查看了 {what}", self: "贵方",
    tokens: "访问令牌", tokensHint: "令牌以您的名义读取贵方数据，供程序使用；请妥善保管。", name: "名称", days: "有效天数", make: "新建令牌", until: "有效期至",
    revoke: "吊销", once: "只显示这一次，请立即记下：", noted: "已记下", account: "本人账号", password: "修改密码",
    live: "{stream} 的最新数据", history: "{stream} 的历史数据（{entity}）", caseRead: "案卷 {id}", proofRead: "案卷 {id} 的证明", alarms: "报警", report: "报警报告", cases_: "案卷列表", orders: "工单列表", entities: "对象列表", map: "地图", events: "实时事件", own: "本门户",
    quarantine: "被隔离的数据", outbox: "待发工单", entity: "对象 {entity}", firms: "企业名单", fileOf: "企业档案", standingOf: "可享政策", whoOf: "政策“{scheme}”的企业名单", applications: "政策申请", applicationRead: "政策申请 {id}", other: "{what}",
  },
  {
    wanted: "Wanted of you", nothingWanted: "Nothing is wanted of you now.", by: "by", done: "done", waits: "reported; waits to be verified",
    points: "My points", noPoints: "No point is registered as yours yet.", point: "Point", state: "Newest state", at: "When", silent: "no data yet",
    cases: "Cases about me", noCases: "No cases.", opened: "opened", closed: "closed", more: "{n} more are not listed",
    looks: "Who read my data", noLooks: "Nobody has yet.", looked: "{who} looked at {what}", self: "you",
    tokens: "Tokens", tokensHint: "A token reads your data in your name, for programs; keep it safe.", name: "Name", days: "Days", make: "Make a token", until: "until",
    revoke: "Revoke", once: "This is shown once; write it down now:", noted: "Noted", account: "My account", password: "Change the password",
    live: "newest data of {stream}", history: "history of {stream} ({entity})", caseRead: "case {id}", proofRead: "the proof of case {id}", alarms: "alarms", report: "the alarm report", cases_: "the list of cases", orders: "the list of orders", entities: "the list of entities", map: "the map", events: "events as they happen", own: "this portal",
    quarantine: "data that was set aside", outbox: "orders on their way out", entity: "entity {entity}", firms: "the list of enterprises", fileOf: "the enterprise's file", standingOf: "what it may have", whoOf: "the enterprises of the scheme {scheme}", applications: "applications", applicationRead: "application {id}", other: "{what}",
  },
);

/** What was read, in words, by how the log notes it. */
export function readText(subject: string): string {
  const [head = "", one = "", two = ""] = subject.split(" ");
  switch (head) {
    case "stream":
      return say("live", { stream: one });
    case "history":
      return say("history", { stream: one, entity: two });
    case "case":
      return say("caseRead", { id: one });
    case "proof":
      return say("proofRead", { id: subject.split(" ").at(-1) });
    case "alarm":
      return say("report");
    case "alarms":
    case "orders":
    case "entities":
    case "map":
    case "events":
    case "quarantine":
    case "outbox":
    case "own":
      return say(head);
    case "cases":
      return say("cases_");
    case "enterprises":
      return say("firms");
    case "applications":
      return say("applications");
    case "file":
      return one === "of" ? say("fileOf") : say("other", { what: subject });
    case "standing":
      return say("standingOf");
    case "who":
      return say("whoOf", { scheme: two });
    default:
      if (subject.startsWith("application/")) return say("applicationRead", { id: subject.replace("application/", "") });
      return subject.includes("/") && !subject.includes(" ") ? say("entity", { entity: subject }) : say("other", { what: subject });
  }
}
