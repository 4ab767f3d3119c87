/**
 * What axe finds in a view, in both themes: what differs between them is colours only. With `part`,
 * only in there: what stands around it has been looked at before.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, type Page } from "@playwright/test";

const STANDARD = { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] };
const COLOURS = { type: "rule", values: ["color-contrast", "link-in-text-block"] };

// The builder of Playwright's package would put it into the page anew for each analysis.
const builder = createRequire(import.meta.url).resolve("@axe-core/playwright");
const source = readFileSync(createRequire(builder).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  id: string;
  nodes: { html: string; failureSummary: string }[];
}

export async function examine(page: Page, view: string, part = "html"): Promise<void> {
  const light = await violations(page, part, STANDARD);
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await violations(page, part, COLOURS);
  await page.emulateMedia({ colorScheme: "light" });
  const found = [...light, ...dark].map(({ id, nodes }) => [
    id,
    nodes.map((node) => [node.html, node.failureSummary]),
  ]);
  expect(found, view).toEqual([]);
}

async function violations(page: Page, part: string, runOnly: object): Promise<Violation[]> {
  if (await page.evaluate(() => !("axe" in window))) await page.evaluate(source);
  const asked = { part, how: { runOnly, resultTypes: ["violations"], iframes: false } };
  return page.evaluate(async ({ part, how }) => {
    const { axe } = window as unknown as {
      axe: { run: (where: string, how: object) => Promise<{ violations: Violation[] }> };
    };
    if (document.querySelector(part) === null) throw new Error(`There is no ${part}`);
    return (await axe.run(part, how)).violations;
  }, asked);
}
