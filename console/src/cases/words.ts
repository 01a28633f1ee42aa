import { area } from "../words/area";

export const say = area(
  {
    title: "下一步", key: "按 Alt+N", accept: "签收工单：{what}", handle: "标记已处置：{what}", report: "处置完毕后反馈结果：{what}",
    verify: "核查结果，属实即通过：{what}", resume: "案卷挂起中；可以恢复", whyAccept: "签收后，其他人就知道这件事有人在办。",
    whyReport: "写下做了什么、结果如何，随后由另一人核查。", whyVerify: "由 {who} 经手；请核对证据，通过或退回。", whyResume: "挂起期间不计时限。",
    waitEvidence: "您无需操作：工单均已办结，达到恢复正常的证据后案卷自动结案。", waitData: "请留意上方曲线：须持续正常一段时间；仅无报警不算。",
    closed: "已结案，无需再办。", others: "其余事项为何现在不能由您办理", own: "{what}：由您经手，须由另一人核查", device: "{what}：由设备执行，等待其回执",
    role: "{what}：需要{roles}身份", settled: "{what}：已办结", later: "{what}：先完成上面的一步", nothing: "您的身份只能查看；办理须由{roles}进行。",
    acting: "值班员、调度员或管理员", doers: "值班员、调度员、现场人员或管理员", toList: "返回案卷列表", undelivered: "{what}：未能送达，请人工通知后签收",
  },
  {
    title: "Next step", key: "press Alt+N", accept: "Accept the order: {what}", handle: "Mark as handled: {what}", report: "When it is done, report the result: {what}",
    verify: "Check the result; verify it if it is true: {what}", resume: "The case is on hold; it can be resumed", whyAccept: "Once accepted, everybody knows that somebody is on it.",
    whyReport: "Write what was done and what came of it; another person then verifies.", whyVerify: "{who} handled it; look at the evidence, then verify it or send it back.", whyResume: "No deadline runs while it is on hold.",
    waitEvidence: "Nothing for you to do: all orders are settled, and the case closes by itself once there is evidence that it is over.", waitData: "Watch the chart: it must stay normal for a while; the absence of alarms is not enough.",
    closed: "The case is closed; nothing is left to do.", others: "Why the rest cannot be done by you now", own: "{what}: you had a hand in it; another person must verify it", device: "{what}: a device does it; its receipt is awaited",
    role: "{what}: takes a {roles}", settled: "{what}: settled", later: "{what}: after the step above", nothing: "Your role may only look; acting takes a {roles}.",
    acting: "duty officer, dispatcher or administrator", doers: "duty officer, dispatcher, field crew or administrator", toList: "Back to the cases", undelivered: "{what}: could not be delivered; tell them yourself, then accept it",
  },
);
