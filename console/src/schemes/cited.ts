// Where clauses cite the policy: read from the YAML as it stands, also while it is half written.

export interface Cited {
  document: string;
  start: number;
  end: number;
  line: number; // From 1, in the YAML.
}
const SPAN = /span:\s*\[\s*(\d+)\s*,\s*(\d+)\s*\]/g;
const DOCUMENT = /document:\s*(?:"([^"]*)"|'([^']*)'|([^,}\n#]*))/g;
const NEAR = 400; // Characters between a document's name and its span.

/** Every span of a YAML text, with the document it is of. */
export function citedIn(yaml: string): Cited[] {
  return [...yaml.matchAll(SPAN)].map((found) => {
    const before = yaml.slice(Math.max(0, found.index - NEAR), found.index);
    const name = [...before.matchAll(DOCUMENT)].at(-1);
    const document = (name?.[1] ?? name?.[2] ?? name?.[3] ?? "").trim();
    return { document, start: Number(found[1]), end: Number(found[2]), line: lineOf(yaml, found.index) };
  });
}

/** The line of a character, from 1. */
export const lineOf = (text: string, at: number): number => text.slice(0, at).split("\n").length;

export interface Piece {
  text: string;
  start: number;
  lines: number[]; // Of the YAML; none where nothing cites it.
}

/** A document cut where citations begin and end. Offsets count characters, not UTF-16 units. */
export function pieces(text: string, cited: readonly Cited[]): Piece[] {
  const letters = [...text];
  const ends = [...new Set([0, letters.length, ...cited.flatMap(({ start, end }) => [start, end])])].filter((at) => at <= letters.length).sort((one, other) => one - other);
  return ends.slice(0, -1).map((start, place) => ({
    start,
    text: letters.slice(start, ends[place + 1]).join(""),
    lines: cited.filter((one) => one.start <= start && start < one.end).map((one) => one.line),
  }));
}
