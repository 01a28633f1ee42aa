// 影子运行: how far what is tried in shadow agrees with what is live.

import { get, inPath, type Schemas } from "../api/client";

export type Agreement = Schemas["Agreement"];
export interface Tried {
  name: string;
  shadow: Record<string, string> | null;
}

/** Of each of these rules or loops in shadow, by name; one that ended meanwhile has none. */
export async function agreementsOf(kind: "rules" | "loops", tried: readonly Tried[]): Promise<Map<string, Agreement>> {
  const inShadow = tried.filter((one) => one.shadow !== null);
  const found = await Promise.all(inShadow.map((one) => get<Agreement | null>(`/${kind}/${inPath(one.name)}/agreement`)));
  return new Map(found.filter((one) => one !== null).map((one) => [one.rule, one]));
}
