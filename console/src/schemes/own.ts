// Words of an enterprise's own pages.

import { area } from "../words/area";

export const say = area(
  {
    title: "我的政策", back: "回到企业门户", link: "查看我可享的政策、申请与拨付", waiting: "现在可享 {n} 项，合计最高 {amount}", underWay: "{n} 件正在办理", toTell: "{n} 项补充信息后即可判定", choose: "选择企业", find: "名称或统一社会信用代码", open: "查看",
    now: "现在可享", nearly: "差一点或待补信息", later: "以后", nothingNow: "目前没有可以直接享受的政策。", nothingNearly: "没有差一点或待补信息的政策。", nothingLater: "未来一年内，政策文本不会使贵方的资格改变。",
    notFor: "不符合的政策（{n}）", why: "为什么", holds: "符合", fails: "不符合", open_: "尚不清楚", from: "依据：{fact}：{given}，来自{source}，{day}", needs: "还缺：{facts}",
    nearOn: "如其他情况不变，自 {day} 起符合。", bring: "请准备：{papers}", bringFact: "请补充：{facts}，即可判定。", apply: "申请", applied: "已申请，正在办理", done: "本年度已享受", ready: "材料齐全，确认即可（免申即享）",
    applyTitle: "申请：{scheme}", prefilled: "以下信息已在档案中，无需再填：", papersNone: "无需另交材料。", sent: "申请已提交。", account: "备注（可不填）",
    tellTitle: "补充信息", tell: "提交信息", told: "信息已记入档案（来源：企业自报）。", tellHint: "金额请写单位，如 3000万元。提交后立即判定是否符合；与登记或统计不一致时，以登记或统计为准。", tellWhere: "提交后立即判定是否符合；与登记或统计不一致时，以登记或统计为准。",
    from_: "自 {day} 起：", becomes: "可享", ceases: "不再可享", ends: "到期，此后不能再申请", becomesUnknown: "需要更多信息", changes: "金额变为{amount}",
    track: "我的申请", noTrack: "尚无申请。", life: "办理经过", wanted: "需要贵方：{what}", workdays: "期限按工作日计算", withdraw: "撤回申请", surely: "确定撤回？撤回后可以重新申请。", yesWithdraw: "确定撤回", keep: "不撤回", refusedBecause: "不予支持的理由：{why}", refusedThen: "如情况已变或可补齐材料，可在“现在可享”中重新申请；不清楚的，请联系{office}。", sentOn: "{at} 提交", withOffice: "由主管部门办理，您无需操作。", withClock: "公示中，期满无异议即进入批准，您无需操作。", myFile: "我的档案：主管部门掌握的信息", myFileHint: "信息有误的，可在这里更正；登记、税务和统计信息请向相应部门更正。", notUsed: "未采用", withdrawn: "申请已撤回。", hand: "提交补正", handed: "已提交。", note: "说明",
    awards: "我的拨付", noAwards: "尚无已批准的资金。", proof: "下载证明（可离线验证）", notListed: "已批准，尚未列入拨付清单", check: "在此验证", checked: "证明成立：该笔资金在清单 {list} 第 {place}/{size} 位，清单根与签名文本一致。", unchecked: "证明不成立，请联系主管部门。",
    consents: "授权", match: "使用我方非公开信息匹配政策", digest: "向我方推送可享政策", automatic: "资料齐全时自动准备申请（免申即享）", agree: "同意", agreed: "已同意", refused: "未同意", conflicts: "不同来源说法不一：{facts}", missing: "{scheme} 需要",
  },
  {
    title: "My policies", back: "Back to the portal", link: "See what I may have, my applications and awards", waiting: "{n} schemes now, up to {amount} together", underWay: "{n} under way", toTell: "{n} could be decided if you told us more", choose: "Choose an enterprise", find: "Name or code", open: "Open",
    now: "Now", nearly: "Nearly, or once we know more", later: "Later", nothingNow: "Nothing can be had right away.", nothingNearly: "Nothing is nearly within reach.", nothingLater: "Within a year no policy text changes what you may have.",
    notFor: "Not for you ({n})", why: "Why", holds: "holds", fails: "fails", open_: "not known", from: "On: {fact}: {given}, from {source}, {day}", needs: "missing: {facts}",
    nearOn: "If nothing else changes, you qualify from {day}.", bring: "Please have ready: {papers}", bringFact: "Tell us {facts}, and it can be decided.", apply: "Apply", applied: "applied for, under way", done: "had this year", ready: "everything is here, confirming is enough",
    applyTitle: "Apply: {scheme}", prefilled: "This is in your file; nobody asks for it again:", papersNone: "No further papers are needed.", sent: "The application was sent.", account: "Note (may stay empty)",
    tellTitle: "Tell what is missing", tell: "Send", told: "It is in your file (source: the enterprise).", tellHint: "Money with its unit, as 3000万元 or 500000 yuan. It is decided at once; where registry or statistics say otherwise, they count.", tellWhere: "It is decided at once; where registry or statistics say otherwise, they count.",
    from_: "From {day}:", becomes: "you may have it", ceases: "you may no longer have it", ends: "it ends and can no longer be asked for", becomesUnknown: "more must be known", changes: "the amount becomes {amount}",
    track: "My applications", noTrack: "No application yet.", life: "What happened", wanted: "Wanted of you: {what}", workdays: "deadlines count working days", withdraw: "Withdraw", surely: "Withdraw it? You may ask anew afterwards.", yesWithdraw: "Yes, withdraw", keep: "Keep it", refusedBecause: "Refused, because: {why}", refusedThen: "If things have changed, or what was lacking is here, apply again under “Now”; if it is not clear, ask the {office}.", sentOn: "sent on {at}", withOffice: "The office works on it; there is nothing for you to do.", withClock: "It is being published; if nobody objects, it goes on to approval. There is nothing for you to do.", myFile: "My file: what the office knows", myFileHint: "What is wrong can be put right here; what the registry, tax and statistics offices say, with those offices.", notUsed: "not used", withdrawn: "The application was withdrawn.", hand: "Hand in", handed: "It was handed in.", note: "Note",
    awards: "My awards", noAwards: "Nothing is approved yet.", proof: "Download the proof (verifies offline)", notListed: "approved, in no payment list yet", check: "Verify here", checked: "The proof holds: the award is {place} of {size} on list {list}, and the root is the one that was signed.", unchecked: "The proof does not hold; ask the office.",
    consents: "Consent", match: "Hold our private facts against policies", digest: "Tell us what we may have", automatic: "Make applications ready where all is known", agree: "agree", agreed: "agreed", refused: "not agreed", conflicts: "Sources differ on: {facts}", missing: "{scheme} needs",
  },
);
