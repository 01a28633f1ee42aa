import { area } from "../words/area";

const say = area(
  { title: "企业门户" }, { title: "Enterprise portal" },
);

/** What the page is called; apart from its other words, which come with the page. */
export const portalTitle = (): string => say("title");
