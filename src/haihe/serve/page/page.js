// The first page: what is happening now. Live through /events; polling where that does not reach.

import { clock, levelBadge, make, put, showCase, stepItem, tick } from "./case.js";
import { duration, instant, isChinese, level, milliseconds, pick, sayWords, state, switchLanguage, word } from "./words.js";

const API = "/api/v1";
const POLL_MS = 3000;
const STEPS_KEPT = 60;
const RECENT = 2000; // Offsets looked back at the start.
const NEED_REASON = new Set(["send-back", "cancel", "hold", "override", "note"]);

const at = (id) => document.getElementById(id);
const seen = { me: null, health: null, before: null, rules: new Map(), open: [], closed: [], current: "", whole: null, steps: [], isPushed: false, isDue: false };
const logClock = { log: 0, wall: 0, rate: 1 };

async function call(path, options = {}) {
  const answer = await fetch(API + path, { credentials: "same-origin", ...options });
  const body = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (answer.ok) return body;
  const error = body?.error ?? { code: String(answer.status), message: answer.statusText, what_to_do: "" };
  throw Object.assign(new Error(`${error.message} ${error.what_to_do}`), { status: answer.status, code: error.code });
}

const send = (path, body) => call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
const ruleTitle = (name) => (seen.rules.has(name) ? pick(seen.rules.get(name)) : name);
const mayAct = () => seen.me?.roles.some((role) => role === "officer" || role === "admin");
const logNow = () => logClock.log + (performance.now() - logClock.wall) * logClock.rate;

// --- Looking -------------------------------------------------------------------------------

async function look() {
  try {
    const lists = ["open&limit=500", "held&limit=200", "closed&limit=200"].map((query) => call(`/cases?state=${query}`));
    const [health, open, held, closed] = await Promise.all([call("/health"), ...lists]);
    seen.before = seen.health;
    seen.health = { ...health, readAt: performance.now() };
    setClock(health);
    seen.open = [...open.cases, ...held.cases];
    seen.closed = closed.cases.sort((one, other) => (one.closed_at < other.closed_at ? 1 : -1)).slice(0, 20);
    drawAll();
    if (seen.current) await showCurrent();
    say(seen.isPushed ? "live" : "polling");
  } catch (error) {
    if (error.status === 401 || error.status === 403) return askToSignIn(error);
    say("off");
  }
}

function setClock(health) {
  const log = milliseconds(health.now);
  const wall = performance.now();
  if (logClock.log && wall - logClock.wall > 500) {
    const rate = (log - logClock.log) / (wall - logClock.wall);
    logClock.rate = Math.abs(rate - 1) < 0.2 ? 1 : Math.max(0, rate);
  }
  logClock.log = log;
  logClock.wall = wall;
}

function soon() {
  if (seen.isDue) return;
  seen.isDue = true;
  setTimeout(async () => { await look(); seen.isDue = false; }, 250);
}

function listen() {
  if (!window.EventSource) return;
  const source = new EventSource(`${API}/events?after=${Math.max(0, (seen.health?.next_offset ?? 0) - RECENT)}`);
  source.onopen = () => { seen.isPushed = true; say("live"); };
  source.onerror = () => {
    seen.isPushed = false;
    say("polling");
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
  };
  source.onmessage = (message) => {
    const told = JSON.parse(message.data);
    if (seen.steps[0]?.offset >= told.offset) return;
    seen.steps.unshift(told);
    seen.steps.length = Math.min(seen.steps.length, STEPS_KEPT);
    drawSteps(told);
    soon();
  };
}

// --- Showing -------------------------------------------------------------------------------

function say(name) {
  const link = at("link");
  if (link.textContent !== word(name)) link.textContent = word(name);
  link.className = name;
}

function drawAll() {
  drawFigures();
  drawCases(at("case-list"), seen.open);
  drawCases(at("closed-list"), seen.closed);
  drawHealth();
  tick(document, logNow());
}

function drawFigures() {
  const { health, before } = seen;
  at("position").textContent = health.next_offset.toLocaleString();
  at("waiting").textContent = health.waiting_rows.toLocaleString();
  if (before) {
    const seconds = (health.readAt - before.readAt) / 1000;
    at("rate").textContent = seconds > 0.2 ? Math.round((health.next_offset - before.next_offset) / seconds).toLocaleString() : at("rate").textContent;
  }
  at("case-count").textContent = String(seen.open.length);
  const counts = [4, 3, 2, 1].map((severity) => [severity, seen.open.filter((found) => found.severity === severity).length]);
  const tally = at("tally");
  tally.replaceChildren();
  for (const [severity, count] of counts) if (count) put(tally, levelBadge(severity), document.createTextNode(` ${count}  `));
  put(tally, make("span", `${word("alarms")}: ${health.alarms}`, "quiet"));
  at("no-cases").hidden = seen.open.length > 0;
}

// Items keep their place while they are the same, so that focus and reading are not lost.
function drawCases(list, cases) {
  const focused = document.activeElement?.dataset?.case;
  const items = cases.map((found) => {
    const button = make("button", null, "case", level(found.severity).name);
    button.type = "button";
    button.dataset.case = found.id;
    if (found.id === seen.current) button.setAttribute("aria-current", "true");
    const due = found.state === "open" ? clock(found.due_at) : make("span", state(found.state), "clock");
    put(button, levelBadge(found.severity), make("span", ruleTitle(found.rule), "what"), due, make("span", `${found.id} · ${found.entities.slice(0, 4).join(", ")}${found.entities.length > 4 ? " …" : ""}`, "where"), make("span", pick(found.why), "since"));
    button.addEventListener("click", () => choose(found.id));
    return put(make("li"), button);
  });
  list.replaceChildren(...items);
  if (focused) list.querySelector(`[data-case="${CSS.escape(focused)}"]`)?.focus();
}

function drawHealth() {
  const { health } = seen;
  const troubles = [];
  if (!health.ready) troubles.push(`${word("notReady")}: ${health.trouble}`);
  if (health.clock_trouble) troubles.push(`${word("clockTrouble")}: ${health.clock_trouble}`);
  for (const [rule, why] of Object.entries(health.failed_rules)) troubles.push(`${word("failedRule")}: ${ruleTitle(rule)} · ${why}`);
  if (health.letters.dead) troubles.push(`${health.letters.dead} ${word("deadLetters")}`);
  at("trouble").hidden = health.ready && !health.clock_trouble;
  const said = troubles[0] ?? "";
  if (at("trouble").textContent !== said) at("trouble").textContent = said;
  at("troubles").replaceChildren(...(troubles.length ? troubles.map((text) => make("li", text, "late")) : [make("li", word("allWell"), "quiet")]));
  const now = milliseconds(health.now);
  const rows = health.streams.filter((stream) => !stream.name.startsWith("haihe.")).map((stream) => {
    const age = stream.received_at ? duration(now - milliseconds(stream.received_at)) : word("never");
    const name = make("th", stream.name);
    name.scope = "row";
    return put(make("tr"), name, make("td", stream.entities.toLocaleString()), make("td", stream.records.toLocaleString()), make("td", age));
  });
  at("streams").replaceChildren(...rows);
  at("aside-count").textContent = health.quarantined.toLocaleString();
}

function drawSteps(fresh) {
  const list = at("steps");
  if (!fresh) return list.replaceChildren(...seen.steps.map((told) => stepItem(told, ruleTitle)));
  const item = stepItem(fresh, ruleTitle);
  item.classList.add("fresh");
  list.prepend(item);
  while (list.children.length > STEPS_KEPT) list.lastElementChild.remove();
}

async function choose(id) {
  seen.current = id;
  history.replaceState(null, "", `#${id}`);
  await showCurrent(true);
  at("case").focus();
}

async function showCurrent(isNew) {
  try {
    const whole = await call(`/cases/${seen.current}`);
    const told = JSON.stringify(whole);
    if (!isNew && told === seen.whole) return;
    seen.whole = told;
    delete at("case-title").dataset.word;
    at("case-title").textContent = `${whole.case.id} · ${ruleTitle(whole.case.rule)}`;
    const hadFocus = at("case-body").contains(document.activeElement) ? document.activeElement.textContent : "";
    at("case-body").replaceChildren(showCase(whole, { ruleTitle, mayAct: mayAct(), act }));
    if (hadFocus) [...at("case-body").querySelectorAll("button")].find((button) => button.textContent === hadFocus)?.focus();
    tick(at("case"), logNow());
  } catch (error) {
    delete at("case-title").dataset.word;
    at("case-title").textContent = seen.current;
    at("case-body").replaceChildren(make("p", error.message, "late"));
  }
}

async function showAside() {
  const from = Math.max(0, (seen.health?.next_offset ?? 0) - 100000);
  const page = await call(`/quarantine?limit=100&from=${from}`).catch((error) => ({ records: [], error }));
  const items = page.records.reverse().map((record) => put(make("li"), make("time", instant(record.received_at)), document.createTextNode(` ${record.stream} · ${record.entity} · `), make("strong", record.reason), document.createTextNode(` ${record.message}`), make("pre", record.raw)));
  at("aside-list").replaceChildren(...(items.length ? items : [make("li", page.error?.message ?? word("none"), "quiet")]));
}

// --- Doing ---------------------------------------------------------------------------------

function act(path, name, title) {
  const dialog = at("asking");
  at("asking-title").textContent = title;
  at("asking-by-row").hidden = !seen.me.is_local;
  at("asking-by").required = seen.me.is_local;
  at("asking-hours-row").hidden = name !== "hold";
  at("asking-reason").required = NEED_REASON.has(name);
  at("asking-reason").value = "";
  at("asking-said").textContent = "";
  dialog.dataset.path = path;
  dialog.dataset.verb = name;
  dialog.showModal();
}

async function confirm(event) {
  if (event.submitter?.value !== "do") return;
  event.preventDefault();
  const dialog = at("asking");
  const body = { verb: dialog.dataset.verb, reason: at("asking-reason").value };
  if (seen.me.is_local) body.by = at("asking-by").value.trim();
  if (body.verb === "hold") body.until = new Date(logNow() + Number(at("asking-hours").value) * 3600000).toISOString();
  at("asking-do").disabled = true;
  try {
    await send(dialog.dataset.path, body);
    dialog.close();
    await look();
  } catch (error) {
    at("asking-said").textContent = `${word("unreachable")}: ${error.message}`;
  } finally {
    at("asking-do").disabled = false;
  }
}

function askToSignIn(error) {
  at("main").hidden = true;
  at("sign-in").hidden = false;
  if (error.status === 403) at("sign-in-said").textContent = error.message;
}

async function signIn(event) {
  event.preventDefault();
  try {
    await send("/session", { token: at("token").value.trim() });
    at("token").value = "";
    at("sign-in-said").textContent = "";
    await begin();
  } catch (error) {
    at("sign-in-said").textContent = error.message;
  }
}

// --- Beginning -----------------------------------------------------------------------------

async function begin() {
  try {
    seen.me = await call("/session");
    const rules = await call("/rules");
    seen.rules = new Map(rules.map((rule) => [rule.name, rule.title]));
  } catch (error) {
    if (error.status === 401 || error.status === 403) return askToSignIn(error);
    say("off");
    setTimeout(begin, POLL_MS);
    return;
  }
  at("sign-in").hidden = true;
  at("main").hidden = false;
  at("demo").hidden = !seen.me.demo;
  at("sign-out").hidden = seen.me.is_local;
  sayTitle();
  const wanted = location.hash.slice(1);
  if (/^[a-z][a-z0-9_]*-\d+$/.test(wanted)) seen.current = wanted;
  await look();
  if (!begin.isRunning) {
    begin.isRunning = true;
    listen();
    setInterval(() => { if (!document.hidden && !at("main").hidden) look(); }, POLL_MS);
    setInterval(() => {
      tick(document, logNow());
      if (logClock.log) at("log-time").textContent = instant(new Date(logNow()).toISOString());
    }, 1000);
  }
}

function sayTitle() {
  if (seen.me) at("title").textContent = pick(seen.me.title);
  document.title = at("title").textContent;
}

at("language").addEventListener("click", () => {
  switchLanguage();
  sayWords();
  sayTitle();
  seen.whole = null;
  if (seen.health) { drawAll(); drawSteps(); }
  if (seen.current) showCurrent(true);
  if (at("aside").open) showAside();
});
at("asking-form").addEventListener("submit", confirm);
at("sign-in").addEventListener("submit", signIn);
at("sign-out").addEventListener("click", async () => { await call("/session", { method: "DELETE" }).catch(() => null); location.reload(); });
at("aside").addEventListener("toggle", () => { if (at("aside").open) showAside(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });
document.documentElement.lang = isChinese() ? "zh-CN" : "en";
sayWords();
begin();
