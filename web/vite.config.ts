import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const SITE = "../src/causerie/site"; // Where the server looks for the page, and the wheel takes it from.
const COMPRESSED = /\.(?:js|css|html|svg|webmanifest)$/;

/** Tells the worker which files make the page, so that it opens without a network. */
function listAssets(): Plugin {
  return {
    name: "list-assets",
    apply: "build",
    async closeBundle() {
      const assets = (await readdir(join(SITE, "assets"))).sort().map((name) => `/assets/${name}`);
      const index = await readFile(join(SITE, "index.html"));
      const build = createHash("sha256").update(index).update(assets.join()).digest("hex");
      const worker = await readFile(join(SITE, "sw.js"), "utf8");
      const filled = worker
        .replace('"in development"', JSON.stringify(build.slice(0, 16)))
        .replace("ASSETS = []", `ASSETS = ${JSON.stringify(assets)}`);
      await writeFile(join(SITE, "sw.js"), filled);
    },
  };
}

/** Writes what travels beside each file: the server sends these as they are. */
function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    closeBundle: {
      order: "post", // The worker is filled in before.
      sequential: true,
      handler: compressAll,
    },
  };
}

async function compressAll(): Promise<void> {
  for (const name of await readdir(SITE, { recursive: true })) {
    if (!COMPRESSED.test(name)) continue;
    const path = join(SITE, name);
    const bytes = await readFile(path);
    await writeFile(`${path}.gz`, gzipSync(bytes, { level: 9 }));
    await writeFile(`${path}.br`, brotliCompressSync(bytes));
  }
}

const server = { target: "http://127.0.0.1:8080", ws: true };

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: SITE,
    emptyOutDir: true,
    target: ["chrome111", "firefox114", "safari16.4"],
    assetsInlineLimit: 0, // The content security policy has no place for data: scripts and styles.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: "manifest.json",
  },
  plugins: [listAssets(), precompress()],
  server: { proxy: { "/api": server, "/auth": server, "/ws": server } },
});
