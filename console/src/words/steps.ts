// A line of the log in words: who or what, did what.

import type { Line } from "../api/client";
import { instantText } from "../time";
import { rules } from "../zone";
import { pick, t, wordOr } from "./index";

/** A number as it may stand in a sentence: three digits behind the point at most. */
export const figure = (value: unknown): string =>
  typeof value === "number" ? String(Math.round(value * 1_000) / 1_000) : String(value ?? "–");

/** What a rule is called. */
export const ruleTitle = (name: string): string => pick(rules.value.get(name)?.title) || name;

/** What is done, in words; the API's own word where there is none. */
export function verbText(verb: string): string {
  const word = verb.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return wordOr(`verbs.${word}`, verb);
}

const stateText = (state: string): string => wordOr(`states.${state}`, state);
const because = (by: string, reason: string): string => (reason ? `${by}: ${reason}` : by);

export function stepWords(line: Line): string {
  switch (line.line) {
    case "case-opened":
      return `${t("steps.opened")} ${line.case} · ${ruleTitle(line.rule)} · ${line.entity}`;
    case "case-joined":
      return `${t("steps.joined")} ${line.case} + ${line.entity} (${line.because})`;
    case "case-merged":
      return `${t("steps.merged")} ${line.case} → ${line.into} (${line.because})`;
    case "alarm-raised": {
      const { rule, entity, field, value, limit, detail } = line.alarm;
      return `▲ ${t("steps.raised")} ${ruleTitle(rule)} · ${entity} · ${field} ${figure(value)} / ${figure(limit)} ${detail ?? ""}`;
    }
    case "alarm-cleared":
      return `▽ ${t("steps.cleared")} ${ruleTitle(line.rule)} · ${line.entity} · ${figure(line.value)}`;
    case "decided":
      return `${t("steps.decided")} ${line.case} #${line.number} · ${pick(line.why)}${line.failed ? ` · ${line.failed}` : ""}`;
    case "dispatched":
      return `${t("steps.dispatched")} ${line.id} · ${pick(line.order.title)} · ${line.order.entity} → ${line.order.assignee}`;
    case "order-moved":
      return `${line.id} ${stateText(line.state)} · ${because(line.by, line.reason)}`;
    case "case-moved":
      return `${line.case} ${stateText(line.state)} · ${because(line.by, line.reason)}`;
    case "case-closed":
      return `${t("steps.closed")} ${line.case} · ${pick(line.why)}${line.by ? ` · ${line.by}` : ""}`;
    case "escalated":
      return `${t("steps.escalated")} ${line.order || line.case} → ${line.to} · ${instantText(line.due_at)}`;
    case "refused":
      return `✕ ${t("steps.refused")} ${verbText(line.verb)} ${line.subject} · ${because(line.by, line.reason)}`;
    case "action":
      return `${verbText(line.verb)} ${line.subject} · ${because(line.by, line.reason ?? "")}${line.file ? ` · ${line.file.name}` : ""}`;
    case "turn-taken":
      return `${t("steps.turnTaken")} ${line.rule} · ${line.first_offset}–${line.end_offset - 1}`;
    case "effect-measured":
      return `${t("steps.effect")} ${line.order} · ${pick(line.why)}`;
    case "rule-changed":
      return `${t("steps.ruleChanged")} ${ruleTitle(line.rule)} ${line.version} · ${because(line.by, line.reason)}`;
    case "rule-failed":
      return `${t("steps.ruleFailed")} ${ruleTitle(line.rule)} · ${line.failed}`;
    default:
      return line.line;
  }
}

type Told = { offset: number; line: Line };

/** Without the actions that the line after them tells again: the move says the same, by whom and why. */
export function withoutEchoes<T extends Told>(timeline: readonly T[]): T[] {
  return timeline.filter(({ line }, place) => {
    const next = timeline[place + 1]?.line;
    if (line.line !== "action" || !next || next.at !== line.at || !("by" in next) || next.by !== line.by) return true;
    return ("id" in next ? next.id : "case" in next ? next.case : "") !== line.subject;
  });
}
