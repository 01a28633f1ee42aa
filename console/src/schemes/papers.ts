// Papers of an enterprise: their words, where they open, and how one is filed.

import { BASE, inPath, sendOnce } from "../api/client";
import { prepared } from "../field/photo";
import { area } from "../words/area";
import { signed } from "./acting";

// Pixels: a page of A4 at some 220 dpi, so that its small print and its seal can be read; about 700 kB.
const LONG_SIDE = 2_600;
export const TAKEN = "image/jpeg,image/png,application/pdf";

export const say = area(
  {
    title: "证照与材料", hint: "交一次即可：有效期内，申请时自动附上，不再索要。", none: "尚未提交材料。", add: "提交材料", which: "材料种类", choose: "请选择", name: "材料名称", file: "选择文件（PDF、照片）", camera: "拍照", day: "出具日期", validTo: "有效期至（无期限可不填）", send: "提交", sent: "已存入企业档案：{name}。", bad: "无法读取该文件：{name}（限 10 MB 的 PDF、JPEG、PNG）。", needFile: "请先选择文件或拍照。", chosen: "已选择：{name}",
    open: "打开", withdraw: "撤回", withdrawn: "已撤回；已提交的申请仍保留。", usedBy: "可用于：{schemes}", of: "{day} 出具", until: "有效期至 {day}", noEnd: "长期有效", left: "还有 {n} 个工作日到期，请提前更新", older: "以前的材料（{n}）",
    state_valid: "有效", state_ending: "将到期", state_expired: "已过期，请提交新的", state_replaced: "已更新", state_withdrawn: "已撤回",
    named: "仅登记了名称，未提交文件", lacking: "未交", brought: "申请材料", askedFor: "需要的材料", onFile: "档案中已有，自动附上：{papers}", lackHint: "缺少的材料可以现在提交；不提交也可申请，受理时会要求补正。",
    soon: "尽快办理", soonLine: "最后一天 {day}，还有 {n} 个工作日", soonToday: "今天是最后一天",
  },
  {
    title: "Certificates and papers", hint: "File each once: while it is valid, applications bring it by themselves and nobody asks again.", none: "No paper is filed yet.", add: "File a paper", which: "Kind of paper", choose: "Choose", name: "Name of the paper", file: "Choose a file (PDF, photo)", camera: "Take a photo", day: "Day of the paper", validTo: "Valid until (empty for no end)", send: "File it", sent: "It is in the file: {name}.", bad: "This file cannot be read: {name} (PDF, JPEG or PNG, 10 MB at most).", needFile: "Choose a file or take a photo first.", chosen: "Chosen: {name}",
    open: "Open", withdraw: "Withdraw", withdrawn: "It is withdrawn; applications that brought it keep it.", usedBy: "Good for: {schemes}", of: "of {day}", until: "valid until {day}", noEnd: "no end", left: "{n} working days left; renew it before", older: "Older papers ({n})",
    state_valid: "valid", state_ending: "ends soon", state_expired: "ended, file a new one", state_replaced: "replaced", state_withdrawn: "withdrawn",
    named: "named only, no file", lacking: "not filed", brought: "Papers", askedFor: "Papers that are asked for", onFile: "On file, brought by themselves: {papers}", lackHint: "What is missing can be filed now; an application without it is taken, and a supplement will be asked for.",
    soon: "Act soon", soonLine: "last day {day}, {n} working days left", soonToday: "today is the last day",
  },
);
const STATES = { valid: "state_valid", ending: "state_ending", expired: "state_expired", replaced: "state_replaced", withdrawn: "state_withdrawn" } as const;
/** What became of a paper, in words. */
export const stateText = (state: string): string => (state in STATES ? say(STATES[state as keyof typeof STATES]) : state);
export const stateClass = (state: string): string => (state === "valid" ? "good" : state === "ending" ? "open" : state === "expired" ? "late" : "quiet");

/** Where a paper of an enterprise's file, or of an application, opens. */
export const ofFile = (code: string, sha256: string): string => `${BASE}/schemes/enterprises/${inPath(code)}/papers/${sha256}`;
export const ofApplication = (id: string, sha256: string): string => `${BASE}/schemes/applications/${inPath(id.replace("application/", ""))}/papers/${sha256}`;

export interface Filing {
  paper: string;
  day: string;
  validTo: string;
  application: string;
  name: string;
  data: Blob;
  key: string;
}

/** What of a file will be sent: a photo smaller; undefined if it cannot be read or is too large. */
export const readable = (file: File): Promise<Blob | undefined> => prepared(file, LONG_SIDE).then(
  ({ data, shown }) => {
    URL.revokeObjectURL(shown); // Nobody looks at it here.
    return data;
  },
  () => undefined,
);

/** Files a paper; under one key it is filed once. Throws CallError. */
export async function filePaper(code: string, { key, data, validTo, ...rest }: Filing): Promise<void> {
  const said = Object.entries(signed({ ...rest, valid_to: validTo })).filter((pair): pair is [string, string] => !!pair[1]);
  await sendOnce(`/schemes/enterprises/${inPath(code)}/papers?${new URLSearchParams(said)}`, { key, body: data });
}
