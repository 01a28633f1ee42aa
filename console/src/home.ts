// Where this console is at home: in the zone itself, or in a drill, which has pages and an API of its own.

export const DRILL_HOME = "/drilling";
export const IN_DRILL = location.pathname.split("/")[1] === DRILL_HOME.slice(1);
/** What stands before every path of this console and its API. */
export const HOME = IN_DRILL ? DRILL_HOME : "";
