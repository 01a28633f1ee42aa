// Words of the field page and of messages with their files, both languages together.

import { language } from "./index";

const words = {
  title: { zh: "外勤", en: "Field" },
  toDo: { zh: "待办工单", en: "My orders" },
  none: { zh: "没有待办工单。", en: "No orders to do." },
  done: { zh: "已反馈，待核查", en: "Reported, to be verified" },
  live: { zh: "在线", en: "Online" },
  connecting: { zh: "正在连接", en: "Connecting" },
  offline: { zh: "没有网络：照常操作，恢复后自动发送", en: "No network: go on working, it is sent later" },
  seenAt: { zh: "所示为 {at} 的情况", en: "Shown as of {at}" },
  neverSeen: { zh: "还没有取到工单；第一次打开须有网络。", en: "No orders were fetched yet; the first time needs a network." },
  accept: { zh: "签收", en: "Accept" },
  handle: { zh: "处置完成", en: "Work done" },
  report: { zh: "提交反馈", en: "Send the report" },
  message: { zh: "只留言", en: "Message only" },
  write: { zh: "反馈 / 拍照", en: "Report / photo" },
  words: { zh: "说明", en: "What was found and done" },
  camera: { zh: "拍照", en: "Take a photo" },
  file: { zh: "选文件", en: "Choose a file" },
  remove: { zh: "去掉", en: "Remove" },
  photoBad: { zh: "这个文件读不了或过大：{name}", en: "This file cannot be read or is too large: {name}" },
  noRoom: { zh: "手机存不下了，这一步没有记下。请清理空间后再试。", en: "The phone has no room: this was not kept. Make room, then try again." },
  noStore: { zh: "此浏览器不能保存：没有网络时请勿操作。", en: "This browser keeps nothing: do not work with it without a network." },
  nothing: { zh: "请写说明或拍一张照片。", en: "Say something or take a photo." },
  photos: { zh: "{n} 张照片", en: "{n} photos" },
  where: { zh: "在地图中打开", en: "Open in a map" },
  late: { zh: "已超期 {time}", en: "{time} overdue" },
  left: { zh: "剩余 {time}", en: "{time} left" },
  queue: { zh: "发送情况", en: "What was sent" },
  queued: { zh: "待发送", en: "Waiting" },
  sent: { zh: "已发送", en: "Sent" },
  refused: { zh: "未获准", en: "Refused" },
  discard: { zh: "知道了", en: "Noted" },
  drop: { zh: "不发了", en: "Do not send" },
  photo: { zh: "照片", en: "Photo" },
  note: { zh: "留言", en: "Message" },
  of: { zh: "以 {who} 的名义，须由其登录后发送", en: "Done by {who}; sent when they sign in" },
  signAgain: { zh: "登录已过期。登录后继续发送 {n} 项。", en: "The session is over. Sign in and {n} things will be sent." },
  keepsWaiting: { zh: "还有 {n} 项未发送，再次登录后发送。仍要退出？", en: "{n} things are not sent; they will be when you sign in again. Sign out now?" },
  noCrew: { zh: "此账号没有可办的工单权限。", en: "This account may not act on orders." },
  console: { zh: "控制台", en: "Console" },
  messages: { zh: "留言与附件", en: "Messages and files" },
  noMessages: { zh: "还没有留言。", en: "No messages yet." },
  send: { zh: "发送", en: "Send" },
  attach: { zh: "附件", en: "Attach a file" },
  happened: { zh: "发生于 {at}", en: "done at {at}" },
  teams: { zh: "负责班组", en: "Teams" },
  save: { zh: "保存", en: "Save" },
  show: { zh: "看留言", en: "See messages" },
} as const;

/** A word of the field page in the language shown; the compiler knows all names. */
export function f(name: keyof typeof words, values: Record<string, string | number> = {}): string {
  return Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, String(value)), words[name][language.value] as string);
}
