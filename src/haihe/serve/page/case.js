// One case whole, and single steps in words.

import { duration, instant, level, milliseconds, pick, state, verb, word } from "./words.js";

export function make(tag, text, ...classes) {
  const element = document.createElement(tag);
  if (text !== undefined && text !== null) element.textContent = text;
  element.classList.add(...classes.filter(Boolean));
  return element;
}

export function put(parent, ...children) {
  parent.append(...children.filter(Boolean));
  return parent;
}

export function levelBadge(severity) {
  const { name, text } = level(severity);
  return make("span", text, "level", name);
}

// A deadline as a clock; page.js makes it tick by its data.
export function clock(dueAt, closedAt) {
  const element = make("span", "", "clock");
  if (!closedAt) element.dataset.due = String(milliseconds(dueAt));
  return element;
}

export function tick(root, now) {
  for (const element of root.querySelectorAll(".clock[data-due]")) {
    const left = Number(element.dataset.due) - now;
    element.classList.toggle("late", left < 0);
    element.textContent = left < 0 ? `${word("overdue")} ${duration(-left)}` : `${word("left")} ${duration(left)}`;
  }
}

const number = (value) => (typeof value === "number" ? String(Math.round(value * 1000) / 1000) : String(value));

// A line of the log in words: who or what, did what.
export function inWords(line, ruleTitle) {
  switch (line.line) {
    case "case-opened": return `${word("opened")} ${line.case} · ${ruleTitle(line.rule)} · ${line.entity}`;
    case "case-joined": return `${line.case} + ${line.entity} (${line.because})`;
    case "alarm-raised": return `${word("raised")} ${ruleTitle(line.alarm.rule)} · ${line.alarm.entity} · ${line.alarm.field} ${number(line.alarm.value)} / ${number(line.alarm.limit)} ${line.alarm.detail}`;
    case "alarm-cleared": return `${word("cleared")} ${ruleTitle(line.rule)} · ${line.entity} · ${number(line.value)}`;
    case "decided": return `${line.case} #${line.number} · ${pick(line.why)}${line.failed ? ` · ${word("failedToDecide")}: ${line.failed}` : ""}`;
    case "dispatched": return `${state("dispatched")} ${line.id} · ${pick(line.order.title)} · ${line.order.entity} → ${line.order.assignee}`;
    case "order-moved": return `${line.id} ${state(line.state)} · ${line.by}${line.reason ? `: ${line.reason}` : ""}`;
    case "case-moved": return `${line.case} ${state(line.state)} · ${line.by}${line.reason ? `: ${line.reason}` : ""}`;
    case "case-closed": return `${word("closed")} ${line.case} · ${pick(line.why)}${line.by ? ` · ${line.by}` : ""}`;
    case "escalated": return `${word("escalated")} ${line.order || line.case} → ${line.to} · ${word("due")} ${instant(line.due_at)}`;
    case "refused": return `${word("refused")} ${verb(line.verb)} ${line.subject} · ${line.by}: ${line.reason}`;
    case "action": return `${verb(line.verb)} ${line.subject} · ${line.by}${line.reason ? `: ${line.reason}` : ""}`;
    case "rule-changed": return `${ruleTitle(line.rule)} ${word("version")} ${line.version} · ${line.by}: ${line.reason}`;
    case "rule-failed": return `${word("failedRule")}: ${line.rule} · ${line.failed}`;
    default: return line.line;
  }
}

export function stepItem(told, ruleTitle) {
  const item = make("li");
  const at = make("time", instant(told.line.at));
  return put(item, at, document.createTextNode(` ${inWords(told.line, ruleTitle)} `), make("span", `#${told.offset}`, "quiet"));
}

const NEXT = {
  dispatched: ["accept", "report", "cancel"], delivered: ["accept", "report", "cancel"],
  undelivered: ["accept", "report", "cancel"], accepted: ["handle", "report", "cancel"],
  handled: ["report", "cancel"], reported: ["verify", "send-back"],
};

// A button that asks for name and reason. Its key finds it again after everything is drawn anew.
function actButton(path, name, { about, given, act }) {
  const button = make("button", verb(name));
  button.type = "button";
  button.dataset.key = `${path} ${name}`;
  button.setAttribute("aria-label", `${verb(name)}: ${about}`);
  button.addEventListener("click", () => act(path, name, { title: `${verb(name)} · ${about}`, hands: given?.hands ?? [] }));
  return button;
}

function orderItem(given, mayAct, act) {
  const item = make("li");
  const { order } = given;
  const title = pick(order.title);
  const what = title.includes(order.entity) ? title : `${title} · ${order.entity}`;
  put(item, make("strong", what), document.createTextNode(" · "), make("span", state(given.state), "state", given.state));
  const settled = given.state === "verified" || given.state === "cancelled" || (order.settled === "receipt" && given.state === "delivered");
  const about = make("div", `${given.id} · ${word("assignee")} ${order.assignee}${given.handler ? ` · ${word("handler")} ${given.handler}` : ""} · `, "quiet");
  put(item, put(about, settled ? make("span", `${word("due")} ${instant(given.due_at)}`) : clock(given.due_at)));
  const verbs = settled || (order.settled === "receipt" && given.state !== "undelivered") ? [] : NEXT[given.state] || [];
  if (mayAct && verbs.length) {
    const buttons = make("div", null, "buttons");
    const about = `${what} (${given.id})`;
    for (const name of verbs) buttons.append(actButton(`/orders/${given.id}/actions`, name, { about, given, act }));
    item.append(buttons);
  }
  return item;
}

function decisions(timeline) {
  const root = make("div");
  for (const { line } of timeline.filter((told) => told.line.line === "decided").reverse()) {
    const why = make("div", null, "why");
    const chinese = make("p", line.why.zh);
    chinese.lang = "zh";
    const english = make("p", line.why.en);
    english.lang = "en";
    put(why, chinese, english, make("p", `${word("rule")} ${line.rule} · ${word("version")} ${line.version} · ${instant(line.at)} · ${line.settings.slice(0, 12)}`, "quiet"));
    for (const other of line.alternatives) why.append(make("p", `${word("alternatives")}: ${pick(other)}`, "quiet"));
    root.append(why);
  }
  return root;
}

function evidence(saw) {
  const list = make("ul", null, "list");
  for (const seen of saw.slice(-50)) {
    const values = { ...seen.numbers, ...seen.texts };
    const told = Object.entries(values).filter(([, value]) => value !== null).map(([name, value]) => `${name} ${number(value)}`);
    list.append(put(make("li"), make("time", instant(seen.observed_at)), document.createTextNode(` ${seen.entity} · ${seen.stream} · ${told.join(", ")} `), make("span", `#${seen.offset}`, "quiet")));
  }
  if (!saw.length) list.append(make("li", word("none"), "quiet"));
  return list;
}

function caseButtons(found, act) {
  const buttons = make("div", null, "buttons");
  const verbs = found.state === "closed" ? ["note"] : [found.state === "held" ? "resume" : "hold", "note", "override"];
  for (const name of verbs) buttons.append(actButton(`/cases/${found.id}/actions`, name, { about: found.id, act }));
  return buttons;
}

function link(address, text, name) {
  const element = make("a", text);
  element.href = address;
  element.dataset.key = address;
  if (name) element.download = name;
  return element;
}

// What was asked for is told by what came of it: the move says the same, by whom and why.
function withoutEchoes(timeline) {
  return timeline.filter(({ line }, place) => {
    const next = timeline[place + 1]?.line;
    const isEcho = next && next.at === line.at && next.by === line.by && (next.id ?? next.case) === line.subject;
    return !(line.line === "action" && isEcho);
  });
}

// Everything that answers for a case. act(path, verb, about) asks for name and reason, then does it.
export function showCase(whole, { ruleTitle, mayAct, act }) {
  const found = whole.case;
  const root = make("div");
  const head = make("p");
  put(head, levelBadge(found.severity), document.createTextNode(` ${state(found.state)} · ${found.entities.join(", ")} · `), found.closed_at ? make("span", `${word("closed")} ${instant(found.closed_at)}`) : clock(found.due_at, found.closed_at));
  put(root, head, make("p", `${word("rule")} ${found.rule} · ${word("version")} ${found.version} · ${word("opened")} ${instant(found.opened_at)} · ${word("alarmsOf")} ${found.alarms_total}`, "quiet"));
  if (mayAct) root.append(caseButtons(found, act));
  put(root, make("h3", word("decision")), decisions(whole.timeline));
  const orders = make("ul", null, "list");
  for (const given of whole.orders) orders.append(orderItem(given, mayAct, act));
  if (!whole.orders.length) orders.append(make("li", word("none"), "quiet"));
  put(root, make("h3", word("orders")), orders);
  const timeline = make("ol", null, "list");
  for (const told of withoutEchoes(whole.timeline)) timeline.append(stepItem(told, ruleTitle));
  put(root, make("h3", word("timeline")), timeline, make("h3", word("evidence")), evidence(whole.saw));
  const proof = make("p");
  put(proof, link(`/api/v1/cases/${found.id}/proof`, word("proof"), `${found.id}.proof.json`), document.createTextNode(" · "), link(`/api/v1/cases/${found.id}/why`, word("lineage")));
  return put(root, proof, make("p", word("proofHint"), "quiet"));
}
