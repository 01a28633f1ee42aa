// `npm run types`: writes src/api/schema.d.ts from the document of the code, which `haihe openapi`
// prints. The first line names the document by its SHA-256, so that a test sees when it is old.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const OUT = "src/api/schema.d.ts";
const MOST = 64 << 20; // Bytes of the document; some 300 kB today.
// It wants TypeScript 5, the console is built with 6: so it has its own, outside of the lock file.
const MAKER = ["--yes", "-p", "openapi-typescript@7", "-p", "typescript@5", "openapi-typescript"];

const folder = mkdtempSync(join(tmpdir(), "haihe-types-"));
try {
  const document = execFileSync("haihe", ["openapi"], { maxBuffer: MOST });
  const source = join(folder, "openapi.json");
  const made = join(folder, "schema.d.ts");
  writeFileSync(source, document);
  execFileSync("npx", [...MAKER, source, "--output", made], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  const hash = createHash("sha256").update(document).digest("hex");
  writeFileSync(OUT, `// Made by "npm run types" from the OpenAPI document with the SHA-256 ${hash}.\n${readFileSync(made, "utf8")}`);
} finally {
  rmSync(folder, { recursive: true });
}
