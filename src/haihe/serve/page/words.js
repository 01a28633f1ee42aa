// What people read, in both languages, and how instants and durations are written.

const WORDS = {
  skip: ["跳到案卷", "Skip to the cases"],
  demo: ["演示：时钟加快", "demonstration: the clock runs fast"],
  logTime: ["平台时间", "platform time"],
  position: ["日志位置", "log position"],
  rate: ["记录/秒", "records/s"],
  waiting: ["待写入", "waiting"],
  openCases: ["未结案卷", "Open cases"],
  closedCases: ["最近结案", "Closed lately"],
  dataHealth: ["数据健康", "Data health"],
  happening: ["正在发生", "Happening now"],
  signIn: ["登录", "Sign in"],
  signOut: ["退出", "Sign out"],
  token: ["令牌（由 haihe token add 生成）", "Token (made with haihe token add)"],
  noCases: ["没有未结案卷。这不等于一切正常：请看数据健康。", "No open case. That alone is not health: look at the data below."],
  stream: ["数据流", "stream"],
  entities: ["对象", "entities"],
  records: ["记录", "records"],
  newest: ["最近入库", "newest"],
  never: ["从未", "never"],
  quarantine: ["隔离区（未收的记录及原因）", "Quarantine (what was not taken, and why)"],
  yourName: ["姓名", "Your name"],
  reason: ["理由", "Reason"],
  hours: ["挂起小时数", "Hours on hold"],
  confirm: ["确认", "Confirm"],
  cancel: ["返回", "Back"],
  footer: ["海河 · 每一步都在日志中，可复算、可追问、可证明。", "Haihe · every step is in the log: it can be replayed, questioned and proved."],
  live: ["● 实时", "● live"],
  polling: ["◐ 轮询（推送中断，自动重连）", "◐ polling (push is down, reconnecting)"],
  off: ["✕ 已断开", "✕ not live"],
  lost: ["连不上服务器，所示为旧数据", "The server cannot be reached; what is shown is old"],
  notReady: ["平台此刻不能写入", "The platform cannot write at present"],
  clockTrouble: ["时钟", "Clock"],
  failedRule: ["规则已停用", "Rule stopped"],
  deadLetters: ["未送达的指令（死信）", "orders that could not be delivered (dead letters)"],
  lostSince: ["截至", "as of"],
  allWell: ["没有已知故障。", "No known trouble."],
  oneCase: ["案卷", "One case"],
  chooseCase: ["从列表中选一个案卷，这里显示全过程。", "Choose a case from the list to see all of it here."],
  alarms: ["未恢复的报警", "standing alarms"],
  alarmsOf: ["报警", "alarms"],
  overdue: ["已超期", "overdue by"],
  left: ["剩余", "left"],
  opened: ["立案", "opened"],
  closed: ["结案", "closed"],
  decision: ["决策理由", "Why it was decided so"],
  alternatives: ["其他方案", "Other ways"],
  orders: ["工单", "Orders"],
  timeline: ["经过", "What happened"],
  evidence: ["所依据的记录", "Records it rests on"],
  proof: ["下载证明（可离线验证）", "Download the proof (checked offline)"],
  proofHint: ["验证：haihe verify，或用不依赖海河的 offline.py。", "To check it: haihe verify, or offline.py, which needs nothing of Haihe."],
  lineage: ["完整来历（JSON）", "Whole lineage (JSON)"],
  rule: ["规则", "rule"],
  version: ["版本", "version"],
  due: ["期限", "due"],
  assignee: ["承办", "for"],
  handler: ["经手", "handled by"],
  none: ["无", "none"],
  raised: ["▲ 报警", "▲ alarm"],
  cleared: ["▽ 恢复", "▽ cleared"],
  escalated: ["催办", "escalated"],
  refused: ["✕ 未获准", "✕ refused"],
  figures: ["日志指标", "Figures of the log"],
  pageParts: ["页内导航", "Parts of this page"],
  noAnswer: ["服务器没有答复；请先看是否已经办成，再重试", "No answer came from the server; look whether it was done before trying again"],
  ownWork: ["经手人不得核查自己办的工单，须由另一人核查。经手", "Who handled an order may not judge it; someone else must. Handled by"],
  failedToDecide: ["系统包未能决策", "the pack failed to decide"],
  unreachable: ["没有成功", "It did not work"],
};

const VERBS = {
  accept: ["签收", "Accept"], handle: ["处置", "Handled"], report: ["反馈", "Report"],
  verify: ["核查通过", "Verify"], "send-back": ["退回", "Send back"], cancel: ["撤销", "Cancel"],
  hold: ["挂起", "Hold"], resume: ["恢复", "Resume"], override: ["人工结案", "Close by hand"],
  note: ["批注", "Note"], shelve: ["搁置", "Shelve"], unshelve: ["取消搁置", "Unshelve"],
  shadow: ["影子运行", "Shadow"], unshadow: ["结束影子", "End shadow"], promote: ["转正", "Promote"],
  "step-back": ["退回上一版", "Step back"], delivered: ["送达", "Delivered"],
  undelivered: ["未送达", "Not delivered"], release: ["放行", "Release"],
};
const STATES = {
  open: ["未结", "open"], held: ["挂起", "on hold"], closed: ["已结", "closed"],
  dispatched: ["已派单", "dispatched"], delivered: ["已送达", "delivered"], accepted: ["已签收", "accepted"],
  handled: ["已处置", "handled"], reported: ["已反馈", "reported"], verified: ["已核查", "verified"],
  cancelled: ["已撤销", "cancelled"], undelivered: ["未送达", "not delivered"],
};
const LEVELS = [
  ["", "", ""], ["minor", "蓝 一般", "minor"], ["moderate", "黄 较重", "moderate"],
  ["severe", "橙 严重", "severe"], ["extreme", "红 特别严重", "extreme"],
];

// What an error's code means; in Chinese the server's own words, which are English, follow it.
const ERRORS = {
  malformed: "所填内容有误", unknown: "没有这一项", conflict: "与当前状态不符", forbidden: "没有此权限",
  overloaded: "平台正忙，请稍后再试", unavailable: "平台此刻不能写入", damaged: "日志损坏，请停机核验",
  internal: "服务器内部故障", "no-token": "令牌无效或缺失", "too-many-failures": "错误次数过多，请稍后再试",
};

let place = preferred();

function preferred() {
  try {
    const kept = localStorage.getItem("haihe.language");
    if (kept === "zh" || kept === "en") return kept === "zh" ? 0 : 1;
  } catch { /* Storage may be switched off; the browser's language is enough. */ }
  return (navigator.language || "en").toLowerCase().startsWith("zh") ? 0 : 1;
}

export function switchLanguage() {
  place = 1 - place;
  try { localStorage.setItem("haihe.language", place === 0 ? "zh" : "en"); } catch { /* As above. */ }
}

export const isChinese = () => place === 0;
export const word = (name) => (WORDS[name] || [name, name])[place];
export const verb = (name) => (VERBS[name] || [name, name])[place];
export const state = (name) => (STATES[name] || [name, name])[place];
export const level = (severity) => ({ name: LEVELS[severity][0], text: LEVELS[severity][place + 1] });
export const pick = (text) => (place === 0 ? text.zh || text.en : text.en || text.zh) || "";

// An error as a sentence; nothing of it is left out.
export function explain(error) {
  const known = ERRORS[error.code];
  return place === 0 && known ? `${known}：${error.message}` : error.message;
}

export function sayWords() {
  document.documentElement.lang = place === 0 ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = word(element.dataset.word);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", word(element.dataset.label));
  }
}

// One way to write an instant, whatever the language: month-day and a clock of 24 hours.
const CLOCK = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Shanghai", hourCycle: "h23", month: "2-digit", day: "2-digit",
  hour: "2-digit", minute: "2-digit", second: "2-digit",
});

export function instant(text) {
  if (!text) return "–";
  const parts = CLOCK.formatToParts(milliseconds(text));
  const { month, day, hour, minute, second } = Object.fromEntries(parts.map((part) => [part.type, part.value]));
  return `${month}-${day} ${hour}:${minute}:${second}`;
}

export const milliseconds = (text) => (text ? Date.parse(text.replace(/\.(\d{3})\d+/, ".$1")) : NaN);

export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  const [days, hours, minutes] = parts;
  const two = (number) => String(number).padStart(2, "0");
  if (days) return place === 0 ? `${days} 天 ${hours} 时` : `${days} d ${hours} h`;
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
