import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const SITE = "../src/causerie/site"; // Where the server looks for the page, and the wheel takes it from.
const COMPRESSED = /\.(?:js|css|html|svg|webmanifest)$/;

/** Writes what travels beside each file: the server sends these as they are. */
function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    async closeBundle() {
      for (const name of await readdir(SITE, { recursive: true })) {
        if (!COMPRESSED.test(name)) continue;
        const path = join(SITE, name);
        const bytes = await readFile(path);
        await writeFile(`${path}.gz`, gzipSync(bytes, { level: 9 }));
        await writeFile(`${path}.br`, brotliCompressSync(bytes));
      }
    },
  };
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
  plugins: [precompress()],
  server: { proxy: { "/api": server, "/auth": server, "/ws": server } },
});
