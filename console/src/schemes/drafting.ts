// A draft that people look through, as its YAML stands: which clauses there are, confirmed, left out.

export interface Drafted {
  id: string;
  title: string;
  line: number; // From 1.
  end: number; // The line behind it.
  isFinal: boolean;
  isUnset: boolean; // The text named no first day.
}
const UNSET = "9999-12-31";
const ITEM = /^(\s*)- \{?\s*id:\s*([A-Za-z0-9][\w.-]*)/;
const MADE = /^ {2}([a-z][a-z0-9-]*-(?:confirm|base|count)-\d+):/; // Facts that a draft made up for its clauses.

/** The schemes of a book, in their order; what is no block of YAML is passed over. */
export function draftedIn(yaml: string): Drafted[] {
  const lines = yaml.split("\n");
  const first = lines.findIndex((one) => /^schemes:\s*$/.test(one));
  if (first < 0) return [];
  const length = lines.slice(first + 1).findIndex((one) => /^\S/.test(one));
  const last = length < 0 ? lines.length : first + 1 + length;
  const depth = ITEM.exec(lines[first + 1] ?? "")?.[1]?.length;
  const starts = lines.flatMap((one, at) => (at > first && at < last && ITEM.exec(one)?.[1]?.length === depth ? [at] : []));
  return starts.map((start, place) => {
    const end = starts[place + 1] ?? last;
    const body = lines.slice(start, end).join("\n");
    const statuses = [...body.matchAll(/\bstatus:\s*(\w+)/g)].map((found) => found[1]);
    const title = /\bzh:\s*(?:"((?:[^"\\]|\\.)*)"|([^,}\n]*))/.exec(body);
    return { id: ITEM.exec(lines[start]!)![2]!, title: (title?.[1] ?? title?.[2] ?? "").trim(), line: start + 1, end: end + 1, isFinal: statuses.length > 0 && statuses.every((one) => one === "final"), isUnset: body.includes(UNSET) };
  });
}

function changed(yaml: string, one: Drafted, change: (body: string) => string): string {
  const lines = yaml.split("\n");
  const body = change(lines.slice(one.line - 1, one.end - 1).join("\n"));
  return [...lines.slice(0, one.line - 1), ...(body ? [body] : []), ...lines.slice(one.end - 1)].join("\n");
}

/** The text with a clause confirmed, or a draft again. */
export const marked = (yaml: string, id: string, status: "final" | "draft"): string => {
  const one = draftedIn(yaml).find((found) => found.id === id);
  return one ? changed(yaml, one, (body) => body.replace(/\bstatus:\s*\w+/g, `status: ${status}`)) : yaml;
};

/** The text with all clauses confirmed. */
export const allMarked = (yaml: string): string => draftedIn(yaml).reduce((text, one) => marked(text, one.id, "final"), yaml);

/** The text with a first day where it names none. */
export const begun = (yaml: string, day: string): string => yaml.replace(new RegExp(`${UNSET}( {2}# to be confirmed: the text names no first day)?`, "g"), day);

/** The text without a clause, without the rules that spoke of it alone, and the facts it alone asked. */
export function leftOut(yaml: string, id: string): string {
  const one = draftedIn(yaml).find((found) => found.id === id);
  if (!one) return yaml;
  const isLast = draftedIn(yaml).length === 1;
  const without = changed(yaml, one, () => "").replace(/^schemes:\s*$/m, isLast ? "schemes: []" : "schemes:");
  return unasked(unruled(without, id));
}

/** Groups and caps without the scheme; a group of one is none, and goes with the comment above it. */
function unruled(yaml: string, id: string): string {
  const kept: string[] = [];
  for (const line of yaml.split("\n")) {
    const list = /^(\s*- \{.*\b(highest|exclusive|of): \[)([^\]]*)(\].*)$/.exec(line);
    const names = list?.[3]!.split(",").map((name) => name.trim()) ?? [];
    const others = names.filter((name) => name !== id);
    if (!list || others.length === names.length) kept.push(line);
    else if (others.length >= (list[2] === "of" ? 1 : 2)) kept.push(`${list[1]}${others.join(", ")}${list[4]}`);
    else while (/^\s+#/.test(kept.at(-1) ?? "")) kept.pop();
  }
  return kept.join("\n").replace(/^stacking:.*\n(?! )/m, "");
}

function unasked(yaml: string): string {
  const lines = yaml.split("\n").filter((line) => {
    const name = MADE.exec(line)?.[1];
    return !name || [...yaml.matchAll(new RegExp(`(?<![\\w-])${name}(?![\\w-])`, "g"))].length > 1;
  });
  return lines.join("\n").replace(/^facts:\s*\n(?! )/m, "facts: {}\n");
}

/** The text with one more fact. */
export function withFact(yaml: string, line: string): string {
  if (/^facts:\s*\{\s*\}\s*$/m.test(yaml)) return yaml.replace(/^facts:\s*\{\s*\}\s*$/m, `facts:\n  ${line}`);
  if (/^facts:\s*$/m.test(yaml)) return yaml.replace(/^facts:\s*$/m, `facts:\n  ${line}`);
  return `facts:\n  ${line}\n${yaml}`;
}
