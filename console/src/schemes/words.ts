// Words that the pages of enterprises and of the office share: stages, steps, sources, ends of steps.

import { area } from "../words/area";

const STAGES = {
  zh: { submitted: "已提交", accepted: "已受理", supplement: "待补正", reviewed: "已审核", published: "公示中", objected: "有异议", approved: "已批准", paid: "已拨付", refused: "不予支持", withdrawn: "已撤回" },
  en: { submitted: "submitted", accepted: "accepted", supplement: "supplement wanted", reviewed: "reviewed", published: "published", objected: "objected to", approved: "approved", paid: "paid", refused: "refused", withdrawn: "withdrawn" },
};
const STEPS = {
  zh: { submit: "提交", withdraw: "撤回", accept: "受理", supplement: "补正材料", review: "审核", publish: "公示", hear: "核查异议", object: "提出异议", approve: "批准", fund: "落实资金", pay: "拨付", account: "更正账户", paid: "告知已拨付", refused: "告知不予支持", "claw-back": "追回资金" },
  en: { submit: "submitted", withdraw: "withdrawn", accept: "acceptance", supplement: "supplement", review: "review", publish: "publication", hear: "hearing the objection", object: "objection", approve: "approval", fund: "funding", pay: "payment", account: "account put right", paid: "told that it was paid", refused: "told that it was refused", "claw-back": "claw-back" },
};
const OUTCOMES = {
  zh: { accept: "受理", supplement: "要求补正", refuse: "不予支持", given: "已提供", pass: "通过", objected: "有人提出异议", dismissed: "异议不成立", upheld: "异议成立", approve: "批准", paid: "已拨付", "bank-refused": "银行退回", funded: "资金已落实", returned: "已退回", kept: "仍然成立" },
  en: { accept: "accepted", supplement: "supplement asked for", refuse: "refused", given: "given", pass: "passed", objected: "objected to", dismissed: "objection dismissed", upheld: "objection upheld", approve: "approved", paid: "paid", "bank-refused": "refused by the bank", funded: "funded", returned: "returned", kept: "holds after all" },
};
/** A word by a name that may be new; else the name itself. */
function orItself<T extends Record<string, string>>(zh: T, en: { [K in keyof T]: string }): (name: string) => string {
  const say = area(zh, en);
  return (name) => (name in zh ? say(name as keyof T & string) : name);
}

/** How far an application is. */
export const stageText = orItself(STAGES.zh, STAGES.en);
const stepName = orItself(STEPS.zh, STEPS.en);
const outcomeName = orItself(OUTCOMES.zh, OUTCOMES.en);
/** An order's action without its number: the second supplement is one, too. */
export const baseOf = (action: string): string => action.replace(/-\d+$/, "");
/** What a step is called. */
export const stepText = (action: string): string => stepName(baseOf(action));
/** How a step ended. */
export const outcomeText = (outcome: string): string => outcomeName(outcome);
export const STAGE_NAMES = Object.keys(STAGES.zh);

export const share = area(
  {
    by: "经办人姓名", reason: "理由", confirm: "确认", cancel: "取消", loading: "正在载入…", none: "无", upTo: "最高 {amount}", case_: "一事一议，金额由有权部门决定",
    until: "有效期至 {day}", noEnd: "长期有效", enterprise: "企业", scheme: "政策", amount: "金额", stage: "进度", due: "期限", next: "下一步", more: "另有 {n} 项未列出",
    source: "出处：{where}", chars: "第 {start}–{end} 字",
  },
  {
    by: "Name of who acts", reason: "Reason", confirm: "Confirm", cancel: "Cancel", loading: "Loading…", none: "none", upTo: "up to {amount}", case_: "decided case by case, no amount is computed",
    until: "in force until {day}", noEnd: "no end is set", enterprise: "Enterprise", scheme: "Scheme", amount: "Amount", stage: "Stage", due: "Due", next: "Next step", more: "{n} more are not listed",
    source: "Source: {where}", chars: "characters {start}–{end}",
  },
);

type Where = { document: string; start: number; end: number } | null | undefined;
/** Where a clause stands, in words; "" where nobody has said. An enterprise reads which paper, the office which characters. */
export const whereText = (where: Where, isExact = true): string =>
  where ? share("source", { where: where.end && isExact ? `${where.document} ${share("chars", { start: where.start + 1, end: where.end })}` : where.document }) : "";
