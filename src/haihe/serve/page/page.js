// The first page: what is happening now. Live through /events; polling where that does not reach.

import { clock, levelBadge, make, put, showCase, stepItem, tick } from "./case.js";
import { duration, explain, instant, isChinese, level, milliseconds, pick, sayWords, state, switchLanguage, word } from "./words.js";

const API = "/api/v1";
const POLL_MS = 3000;
const STEPS_KEPT = 60;
const RECENT = 2000; // Offsets looked back at the start.
const LOOK_WAIT_MS = 5000; // A server that is silent for longer is lost, even if its socket is open.
const SEND_WAIT_MS = 30000; // Giving up too soon on an order would leave open whether it was done.
const NEED_REASON = new Set(["send-back", "cancel", "hold", "override", "note"]);

const at = (id) => document.getElementById(id);
const seen = { me: null, health: null, before: null, rules: new Map(), open: [], closed: [], current: "", whole: null, steps: [], begunAt: 0, isPushed: false, isLost: false, isDue: false };
const drawn = new WeakMap(); // A case's button to what it shows.
const logClock = { log: 0, wall: 0, rate: 1 };

async function call(path, options = {}) {
  const signal = AbortSignal.timeout(options.method ? SEND_WAIT_MS : LOOK_WAIT_MS);
  const answer = await fetch(API + path, { credentials: "same-origin", signal, ...options }).catch(() => {
    throw Object.assign(new Error(word(options.method ? "noAnswer" : "lost")), { code: "no-answer" });
  });
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

// One look at a time, so that an older answer never overwrites a newer one; whoever asks meanwhile
// gets the next look.
const looks = { now: null, next: null };

function look() {
  if (!looks.now) return (looks.now = lookOnce().finally(() => { looks.now = null; }));
  looks.next ??= looks.now.catch(() => null).then(() => { looks.next = null; return look(); });
  return looks.next;
}

async function lookOnce() {
  try {
    const lists = ["open&limit=500", "held&limit=200", "closed&limit=200"].map((query) => call(`/cases?state=${query}`));
    const [health, open, held, closed] = await Promise.all([call("/health"), ...lists]);
    seen.before = seen.health;
    seen.health = { ...health, readAt: performance.now() };
    setClock(health);
    seen.open = [...open.cases, ...held.cases];
    seen.closed = closed.cases.sort((one, other) => (one.closed_at < other.closed_at ? 1 : -1)).slice(0, 20);
    seen.isLost = false;
    drawAll();
    if (seen.current) await showCurrent();
  } catch (error) {
    if (error.status === 401 || error.status === 403) return askToSignIn(error);
    lose();
    if (!error.code) throw error; // Not the server's fault but ours: the console shall show it.
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
  source.onopen = () => { seen.isPushed = true; sayLink(); soon(); };
  source.onerror = () => {
    seen.isPushed = false;
    sayLink();
    soon(); // Is it only the push, or is the server gone?
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

function sayLink() {
  const name = seen.isLost ? "off" : seen.isPushed ? "live" : "polling";
  const link = at("link");
  if (link.textContent !== word(name)) link.textContent = word(name);
  link.className = name;
  document.body.classList.toggle("lost", seen.isLost);
  sayTrouble();
  sayTitle();
}

function lose() {
  seen.isLost = true;
  if (seen.health) at("log-time").textContent = instant(seen.health.now);
  sayLink();
}

// What stops the officer from trusting the page, in one line that does not scroll away.
function sayTrouble() {
  const { health } = seen;
  let said = "";
  if (seen.isLost) said = health ? `${word("lost")} · ${word("lostSince")} ${instant(health.now)}` : word("lost");
  else if (health && !health.ready) said = `${word("notReady")}: ${health.trouble}`;
  else if (health?.clock_trouble) said = `${word("clockTrouble")}: ${health.clock_trouble}`;
  at("trouble").hidden = !said;
  if (at("trouble").textContent !== said) at("trouble").textContent = said;
}

function drawAll() {
  drawFigures();
  drawCases(at("case-list"), seen.open);
  drawCases(at("closed-list"), seen.closed);
  drawHealth();
  sayLink();
  showTime();
}

// Deadlines go on while the server is lost; the platform's time is only what it last said.
function showTime() {
  tick(document, logNow());
  if (logClock.log && !seen.isLost) at("log-time").textContent = instant(new Date(logNow()).toISOString());
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
  const said = counts.filter(([, count]) => count);
  const told = JSON.stringify([said, health.alarms, isChinese()]);
  const tally = at("tally");
  if (tally.dataset.told !== told) {
    tally.dataset.told = told; // Read out when it changes, and only then.
    tally.replaceChildren(...said.map(([severity, count]) => put(make("span"), levelBadge(severity), document.createTextNode(` ${count}`))));
    put(tally, make("span", `${word("alarms")}: ${health.alarms}`, "quiet"));
  }
  at("no-cases").hidden = seen.open.length > 0;
}

// Items stay the same elements, so that focus, reading and a click under way are not lost.
function drawCases(list, cases) {
  const kept = new Map([...list.children].map((item) => [item.firstElementChild.dataset.case, item]));
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  cases.forEach((found, place) => {
    const item = kept.get(found.id) ?? caseItem(found.id);
    kept.delete(found.id);
    fillCase(item.firstElementChild, found);
    if (list.children[place] !== item) list.insertBefore(item, list.children[place] ?? null);
  });
  for (const item of kept.values()) item.remove();
  if (focused && document.activeElement !== focused) (focused.isConnected ? focused : at("cases")).focus();
}

function caseItem(id) {
  const button = make("button", null);
  button.type = "button";
  button.dataset.case = id;
  button.addEventListener("click", () => choose(id));
  return put(make("li"), button);
}

function fillCase(button, found) {
  const isCurrent = found.id === seen.current;
  const told = JSON.stringify([found, isCurrent, isChinese(), ruleTitle(found.rule)]);
  if (drawn.get(button) === told) return;
  drawn.set(button, told);
  button.className = `case ${level(found.severity).name}`;
  if (isCurrent) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
  const where = `${found.id} · ${found.entities.slice(0, 4).join(", ")}${found.entities.length > 4 ? " …" : ""}`;
  button.replaceChildren(levelBadge(found.severity), make("span", ruleTitle(found.rule), "what"), whenOf(found), make("span", where, "where"), make("span", pick(found.why), "since"));
}

function whenOf(found) {
  if (found.state === "open") return clock(found.due_at);
  return make("span", found.closed_at ? `${state(found.state)} ${instant(found.closed_at)}` : state(found.state), "when");
}

function drawHealth() {
  const { health } = seen;
  const troubles = [];
  if (!health.ready) troubles.push(`${word("notReady")}: ${health.trouble}`);
  if (health.clock_trouble) troubles.push(`${word("clockTrouble")}: ${health.clock_trouble}`);
  for (const [rule, why] of Object.entries(health.failed_rules)) troubles.push(`${word("failedRule")}: ${ruleTitle(rule)} · ${why}`);
  if (health.letters.dead) troubles.push(`${health.letters.dead} ${word("deadLetters")}`);
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
  const list = at("step-list");
  if (!fresh) return list.replaceChildren(...seen.steps.map((told) => stepItem(told, ruleTitle)));
  const item = stepItem(fresh, ruleTitle);
  if (fresh.offset >= seen.begunAt) item.classList.add("fresh");
  list.prepend(item);
  while (list.children.length > STEPS_KEPT) list.lastElementChild.remove();
}

async function choose(id) {
  seen.current = id;
  drawAll();
  history.replaceState(null, "", `#${id}`);
  await showCurrent(true);
  at("case").focus();
}

async function showCurrent(isNew) {
  const id = seen.current;
  try {
    const whole = await call(`/cases/${id}`);
    if (id !== seen.current) return; // Another one was chosen meanwhile.
    const told = JSON.stringify(whole);
    if (!isNew && told === seen.whole) return;
    seen.whole = told;
    delete at("case-title").dataset.word;
    at("case-title").textContent = `${whole.case.id} · ${ruleTitle(whole.case.rule)}`;
    const body = at("case-body");
    const focused = body.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
    body.replaceChildren(showCase(whole, { ruleTitle, mayAct: mayAct(), act }));
    if (focused) (body.querySelector(`[data-key="${CSS.escape(focused)}"]`) ?? at("case")).focus();
    tick(at("case"), logNow());
  } catch (error) {
    if (!error.code) throw error;
    if (error.code === "no-answer") lose();
    if (id !== seen.current || (error.code === "no-answer" && !isNew)) return; // What is shown stays.
    seen.whole = null;
    delete at("case-title").dataset.word;
    at("case-title").textContent = id;
    at("case-body").replaceChildren(make("p", explain(error), "late"));
  }
}

async function showAside() {
  const from = Math.max(0, (seen.health?.next_offset ?? 0) - 100000);
  const page = await call(`/quarantine?limit=100&from=${from}`).catch((error) => ({ records: [], error }));
  const items = page.records.reverse().map((record) => put(make("li"), make("time", instant(record.received_at)), document.createTextNode(` ${record.stream} · ${record.entity} · `), make("strong", record.reason), document.createTextNode(` ${record.message}`), make("pre", record.raw)));
  at("aside-list").replaceChildren(...(items.length ? items : [make("li", page.error ? explain(page.error) : word("none"), "quiet")]));
}

// --- Doing ---------------------------------------------------------------------------------

function act(path, name, { title, hands }) {
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
  dialog.dataset.hands = JSON.stringify(hands);
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
    if (document.activeElement === document.body) at("case").focus(); // The button has gone.
  } catch (error) {
    at("asking-said").textContent = `${word("unreachable")}: ${refusal(error, body)}`;
  } finally {
    at("asking-do").disabled = false;
  }
}

// The one refusal officers meet daily is said in their language; all others as the server says them.
function refusal(error, { verb: name, by }) {
  const hands = JSON.parse(at("asking").dataset.hands);
  const isOwn = (name === "verify" || name === "send-back") && hands.includes(by ?? seen.me.name);
  return error.code === "conflict" && isOwn ? `${word("ownWork")}: ${hands.join(", ")}` : explain(error);
}

function askToSignIn(error) {
  at("main").hidden = true;
  at("sign-in").hidden = false;
  document.body.classList.add("stranger");
  at("token").focus();
  if (error.status === 403) at("sign-in-said").textContent = explain(error);
}

async function signIn(event) {
  event.preventDefault();
  try {
    await send("/session", { token: at("token").value.trim() });
    at("token").value = "";
    at("sign-in-said").textContent = "";
    await begin();
  } catch (error) {
    at("sign-in-said").textContent = explain(error);
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
    lose();
    setTimeout(begin, POLL_MS);
    return;
  }
  at("sign-in").hidden = true;
  document.body.classList.remove("stranger");
  at("main").hidden = false;
  at("demo").hidden = !seen.me.demo;
  at("sign-out").hidden = seen.me.is_local;
  sayTitle();
  const wanted = location.hash.slice(1);
  if (/^[a-z][a-z0-9_]*-\d+$/.test(wanted)) seen.current = wanted;
  await look();
  if (!begin.isRunning) {
    begin.isRunning = true;
    seen.begunAt = seen.health?.next_offset ?? 0;
    listen();
    setInterval(() => { if (!document.hidden && !at("main").hidden) look(); }, POLL_MS);
    setInterval(showTime, 1000);
  }
}

function sayTitle() {
  if (seen.me) at("title").textContent = pick(seen.me.title);
  const mark = seen.isLost ? "✕ " : seen.open.length ? `(${seen.open.length}) ` : "";
  const said = mark + at("title").textContent;
  if (document.title !== said) document.title = said;
}

at("language").addEventListener("click", () => {
  switchLanguage();
  sayWords();
  sayTitle();
  seen.whole = null;
  sayLink();
  if (seen.health) { drawAll(); drawSteps(); }
  if (seen.current) showCurrent(true);
  if (at("aside").open) showAside();
});
at("asking-form").addEventListener("submit", confirm);
at("sign-in").addEventListener("submit", signIn);
at("sign-out").addEventListener("click", async () => { await call("/session", { method: "DELETE" }).catch(() => null); location.reload(); });
at("aside").addEventListener("toggle", () => { if (at("aside").open) showAside(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });
// What gets the focus comes to lie below the header, however many lines that has.
new ResizeObserver(([{ target }]) => {
  const isSticky = getComputedStyle(target).position === "sticky";
  document.documentElement.style.scrollPaddingTop = isSticky ? `${target.offsetHeight + 8}px` : "0";
}).observe(document.querySelector("header"));
sayWords();
begin();
