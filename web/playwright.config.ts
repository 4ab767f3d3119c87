import { defineConfig } from "@playwright/test";

// Started by tests/e2e/test_web.py, which starts the server and finds the browser.
export default defineConfig({
  testDir: "browser",
  globalSetup: "./browser/admin.ts",
  // Only who waits for what never comes waits as long; a machine with other work is slow, not wrong.
  timeout: 60_000,
  expect: { timeout: 20_000 },
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  reporter: "list",
  outputDir: "test-results",
  use: {
    baseURL: process.env.CAUSERIE_URL ?? "http://127.0.0.1:8080",
    locale: "en-GB",
    viewport: { width: 1280, height: 800 },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [], // Chromium refuses its sandbox to root.
    },
  },
});
