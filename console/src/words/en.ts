// English. Chinese stands in zh.ts under the same names; the compiler checks that none is missing.

import type zh from "./zh";

const en: typeof zh = {
  app: {
    name: "Haihe", skip: "Skip to the content", demo: "demo: the clock runs fast", platformTime: "platform time", language: "中文",
    signOut: "Sign out", makeAccount: "Make an account", loading: "Loading…",
  },
  link: { connecting: "connecting", live: "live", lost: "push is down, reconnecting", stale: "The server cannot be reached; what is shown is from {at}" },
  nav: {
    overview: "Overview", cases: "Cases", whatif: "Replay and what-if", packs: "Packs", traffic: "Traffic", schemes: "Policies",
    audit: "Audit", reports: "Reports", drill: "Drill", admin: "Admin", main: "Main navigation",
  },
  units: { d: "d", h: "h", min: "min", s: "s" },
  levels: { none: "none", minor: "minor", moderate: "moderate", severe: "severe", extreme: "extreme" },
  states: {
    open: "open", held: "on hold", closed: "closed", dispatched: "dispatched", delivered: "delivered", accepted: "accepted",
    handled: "handled", reported: "reported", verified: "verified", cancelled: "cancelled", undelivered: "not delivered", overtaken: "overtaken",
  },
  verbs: {
    accept: "Accept", handle: "Handled", report: "Report", verify: "Verify", sendBack: "Send back", cancel: "Cancel",
    hold: "Hold", resume: "Resume", override: "Close by hand", note: "Note", attach: "Attach", shelve: "Shelve",
    unshelve: "Unshelve", shadow: "Shadow", unshadow: "End shadow", propose: "Propose", agree: "Agree", decline: "Decline", keep: "Set how long to keep", promote: "Promote", stepBack: "Step back",
    tell: "Tell the ledger",
    delivered: "Delivered", undelivered: "Not delivered", release: "Release",
  },
  overview: {
    openCases: "Open cases", noCases: "No open case. That alone is not health: look at the data.",
    overdue: "overdue by {time}", left: "{time} left", owner: "with {who}", nobody: "nobody has it yet", cases: "{n} cases",
    map: "Map", zoomIn: "Zoom in", zoomOut: "Zoom out", metres: "m", kilometres: "km", mapHint: "Press a marker to open its case or entity", allPacks: "All packs", vitals: "Vital signs", todo: "My to-do",
    noTodo: "Nothing to do.", health: "Data health", stream: "Stream", entities: "Entities", newest: "Newest", never: "never",
    quarantined: "{n} set aside", silent: "silent", good: "good", failedRule: "Rule stopped: {rule}", load: "Alarm load",
    perTenMinutes: "alarms in ten minutes", noisiest: "Noisiest rules", shadow: "Shadow rules today", noShadow: "No rule runs in shadow.",
    records: "records/s", waiting: "waiting", position: "log position", alarms: "standing alarms", deadLetters: "dead letters",
    openOrders: "open orders", overdueOrders: "overdue orders", silentSources: "silent sources",
  },
  case: {
    choose: "Choose a case from the list.", opened: "opened", closed: "closed", rule: "rule", version: "version", alarms: "alarms: {n}",
    why: "Why it was decided so", alternatives: "Other ways", orders: "Orders", timeline: "What happened", evidence: "Evidence", saw: "Records it rests on",
    proof: "Download the proof (checked offline)", lineage: "Whole lineage (JSON)", due: "due", assignee: "for", handler: "handled by", none: "none",
    ownWork: "Who handled an order may not judge it; someone else must. Handled by {who}",
  },
  packs: {
    version: "version", streams: "streams", rules: "rules", settings: "settings", asShipped: "as shipped", shadow: "in shadow: {settings}",
    agreement: "{share} agree: {both} cases both, {live} only live, {shadow} only in shadow", noCases: "no case on either side yet", failed: "stopped: {why}",
    shelved: "shelved until {until}", twin: "has a twin", try: "Try it", tryHint: "one setting a line, such as high=15", reason: "Reason",
    setShadow: "Run in shadow", detector: "detector",
  },
  entity: {
    charts: "Charts of its signals",
    latest: "Now", history: "History", nothing: "No record in this time.", cases: "Cases about it",
    spans: { minutes: "15 min", hour: "1 h", day: "1 d", week: "1 week", year: "1 year" },
  },
  ask: { name: "Your name", reason: "Reason", hours: "Hours on hold", confirm: "Confirm", back: "Back", failed: "It did not work" },
  sign: {
    title: "Sign in", token: "Token", tokenHint: "made with haihe token add, or on the admin page", submit: "Sign in", name: "Name", password: "Password",
    passwordHint: "at least {n} characters; longer is better", again: "Once more", differ: "The two are not the same.", code: "Setup code",
    codeHint: "printed by haihe up", welcome: "Welcome to Haihe", firstHint: "There is no account yet. Make the first one; it is the administrator's.",
    makeFirst: "Make it and sign in", skip: "Not now, look around first", byToken: "Sign in with a token", byPassword: "Sign in with name and password", change: "Change the password", old: "Old password",
    new: "New password", mustChange: "Change the password you were given first.",
  },
  roles: {
    admin: "administrator", auditor: "auditor", crew: "field crew", dispatcher: "dispatcher", engineer: "pack engineer", enterprise: "enterprise user",
    officer: "duty officer", source: "source", viewer: "viewer",
  },
  admin: {
    people: "People", tokens: "Tokens", may: "may", sessions: "sessions", disabled: "disabled", disable: "Disable", enable: "Enable",
    newPassword: "New password", until: "until", used: "last used", revoke: "Revoke", make: "Make", kind: "Kind", account: "account",
    role: "Role", packs: "Only these packs", areas: "Only these areas", owner: "Enterprise", days: "Days", own: "My sessions", end: "End",
    once: "This is shown once; write it down now:", noted: "Noted",
  },
  whatif: {
    days: "Last days", inForce: "{value} in force", run: "What if", quieten: "What would be quieter", records: "records", now: "now", then: "then", alarms: "alarms",
    lost: "cases lost: {n}", gained: "cases gained: {n}", inShadow: "It runs in shadow now.", advised: "advised",
    cost: "cost: {confirmed} confirmed missed, {missed} true events missed, {lost} fewer",
  },
  whyNot: { title: "Why it did not fire", rule: "rule", ask: "Ask", nearest: "nearest" },
  audit: {
    search: "Find a case, an order or an entity", searchHint: "such as gallery-17, gallery-17/3, zone/7", go: "Go", proved: "How far the log is proved",
    entries: "entries", signed: "signed up to", root: "Merkle root", verifyHint: "To check it: haihe verify; a single case's proof is checked offline.",
    aside: "Set aside: what was not taken, and why", looks: "Who looked at an enterprise's data",
  },
  steps: {
    title: "Happening now", opened: "opened", joined: "joined", raised: "alarm", merged: "merged", cleared: "cleared", decided: "decided",
    dispatched: "dispatched", closed: "closed", escalated: "escalated", refused: "refused", ruleChanged: "rule changed", ruleFailed: "rule stopped", turnTaken: "turn of", effect: "effect of",
  },
  errors: {
    malformed: "Something filled in is wrong", unknown: "There is no such thing", conflict: "The state of things does not allow it", forbidden: "Not yours to do",
    overloaded: "The platform is busy; try again soon", unavailable: "The platform cannot write at present", damaged: "The log is damaged; stop and verify",
    internal: "A fault in the server", "no-token": "No token, or one that is not known", "too-many-failures": "Too many failures; try again later",
    "wrong-kind": "This kind of file is not taken", "too-large": "Too large", "key-taken": "This differs from what was sent before",
    "file-lost": "The file is missing or was changed", expired: "What was recorded then is not kept any more", working: "It is being worked out what stood then; try again soon",
    "wrong-fact": "this cannot be", "unknown-fact": "there is no such fact", future: "the day is still to come",
    "no-reason": "say why; who is told must know", "no-person": "say for whom; it is capped by person", "no-person-wanted": "it is not asked for by person",
    "no-answer": "No answer came; look whether it was done before trying again",
  },
};

export default en;
