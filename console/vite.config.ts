import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";

import vue from "@vitejs/plugin-vue";
import { defineConfig, type Plugin } from "vite";

// The server of `haihe up` stands behind `npm run dev`.
const SERVER = process.env.HAIHE_SERVER ?? "http://127.0.0.1:8420";

const OUT = "../src/haihe/serve/console";
const PACKED_FROM = 1_000; // Bytes; smaller files gain nothing.

/** Each large text file once more in Brotli, so that the server need not pack it. */
const packed = (): Plugin => ({
  name: "packed",
  apply: "build",
  closeBundle() {
    for (const entry of readdirSync(OUT, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(js|css|html|svg|json)$/.test(entry.name)) continue;
      const path = join(entry.parentPath, entry.name);
      const body = readFileSync(path);
      if (body.length >= PACKED_FROM) writeFileSync(`${path}.br`, brotliCompressSync(body));
    }
  },
});

export default defineConfig({
  plugins: [vue(), packed()],
  worker: { format: "es" }, // MapLibre's worker is an ES module; any other format leaves the map blank.
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // The content policy lets nothing in that is not a file of ours.
    rolldownOptions: {
      input: { index: "index.html", field: "field.html", "field-worker": "src/field/worker.ts" },
      // A service worker keeps its address for good; everything else is named by what it is.
      output: { entryFileNames: ({ name }) => (name === "field-worker" ? "[name].js" : "assets/[name]-[hash].js") },
    },
    chunkSizeWarningLimit: 1100, // MapLibre is 1,058 kB, and comes only with the map.
  },
  server: {
    proxy: {
      "/api": {
        target: SERVER,
        changeOrigin: true, // The server answers to its own name only,
        configure: (proxy) => proxy.on("proxyReq", (request) => request.removeHeader("origin")), // and to its own pages.
      },
    },
  },
});
