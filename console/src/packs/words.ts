import { area } from "../words/area";

export const say = area(
  {
    propose: "提请转正", proposeHint: "另一位工程师或管理员须以本人账号登录后同意，方可生效。",
    proposed: "{who} 于 {at} 提请转正，{until} 前有效", because: "理由：{reason}", setting: "参数", live: "现行", wanted: "提请值",
    exactly: "同意的正是上列参数（指纹 {hash}）", agree: "同意，立即生效", decline: "不同意", takeBack: "撤回提请",
    ownProposal: "提请人不能同意自己的提请，请另一人登录后处理。", notYet: "影子尚未见到任何记录，不能提请。", reason: "理由", name: "姓名",
    bySignIn: "须以账号密码登录后同意，令牌不算。", unset: "未设",
    quality: "质量", checking: "正在检查，约需几分钟，不影响运行……", unchecked: "尚未检查。", check: "检查", checkFailed: "检查未完成：{error}", trusted: "可信：各项均达标", runs: "可运行：部分项未达标或未测", fails: "有基本项未达标", marks: "{all} 项中 {kept} 项达标",
  },
  {
    propose: "Propose for live", proposeHint: "Another engineer or administrator must sign in with their own account and agree before it takes effect.",
    proposed: "{who} proposed it on {at}; it stands until {until}", because: "Reason: {reason}", setting: "setting", live: "live", wanted: "proposed",
    exactly: "What is agreed to is exactly the settings above (fingerprint {hash})", agree: "Agree: live at once", decline: "Decline", takeBack: "Take it back",
    ownProposal: "Who proposes cannot agree; another person must sign in and decide.", notYet: "The shadow has seen no record yet; it cannot be proposed.", reason: "Reason", name: "Name",
    bySignIn: "Agreeing takes a sign-in with name and password; a token is not enough.", unset: "not set",
    quality: "Quality", checking: "Being checked; it takes minutes and disturbs nothing…", unchecked: "Not checked yet.", check: "Check", checkFailed: "The check came to nothing: {error}", trusted: "trusted: all that was measured is kept", runs: "runs: something is not kept or not measured", fails: "something basic is not kept", marks: "{kept} of {all} kept",
  },
);
