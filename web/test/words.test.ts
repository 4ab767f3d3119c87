import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { en } from "../src/i18n/en.ts";
import { fr, said } from "../src/i18n/fr.ts";
import { translated } from "../src/i18n/translated.ts";
import { completed, startedMention, suggested, suggestedCalls } from "../src/text/mentions.ts";
import { person } from "./scene.ts";

const places = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

test("both catalogues say the same things, with the same gaps to fill", () => {
  assert.deepEqual(Object.keys(fr), Object.keys(en));
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    assert.notEqual(fr[key].trim(), "", key);
    assert.deepEqual(places(fr[key]), places(en[key]), key);
  }
});

test("what is translated of the server's words are words of the server", () => {
  const server = "../src/causerie";
  const source = readdirSync(server, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".py"))
    .map((name) => readFileSync(`${server}/${name}`, "utf8"))
    .join("\n")
    .replace(/\{[\w.]+\}/g, "{n}");
  const unsaid = Object.keys(said).filter((text) => !source.includes(`"${text}"`));

  assert.deepEqual(unsaid, []);
});

test("a sentence of the server's is found whatever number stands in it", () => {
  const sentences = { "{n} of {n} rooms": "{n} salons sur {n}", "Not here": "Pas ici" };

  assert.equal(translated("3 of 12 rooms", sentences), "3 salons sur 12");
  assert.equal(translated("Not here", sentences), "Pas ici");
  assert.equal(translated("Not there", sentences), null);
});

test("no view speaks past the catalogues", () => {
  const spoken = />\s*[A-Z][a-z]+ [a-z]+[^<{]*<|(?:aria-label|placeholder|title)="[A-Za-z]/;
  for (const folder of ["views", "parts"]) {
    for (const name of readdirSync(`src/${folder}`, { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".tsx")) continue;
      assert.doesNotMatch(readFileSync(`src/${folder}/${name}`, "utf8"), spoken, name);
    }
  }
});

test("each word of the catalogue is said somewhere", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter(
    (name) => /\.tsx?$/.test(name) && !name.startsWith("i18n/en") && !name.startsWith("i18n/fr"),
  );
  const source = files.map((name) => readFileSync(`src/${name}`, "utf8")).join("\n");
  const unsaid = Object.keys(en).filter((key) => {
    const base = key.replace(/\.(?:one|other)$/, "");
    const family = `${key.slice(0, key.lastIndexOf(".") + 1)}$`;
    return (
      ![key, base].some((one) => source.includes(`"${one}"`)) && !source.includes(`\`${family}`)
    );
  });

  assert.deepEqual(unsaid, []);
});

test("a mention completes itself, best match first", () => {
  const people = ["rosa", "ada", "adam", "sada"].map((name, n) => person(n + 1, name));
  const started = startedMention("hello @ad", 9);
  assert.deepEqual(started, { at: 6, typed: "ad" });
  assert.deepEqual(
    suggested(people, "ad", 99).map((one) => one.username),
    ["ada", "adam", "sada"],
  );
  assert.ok(started);
  assert.deepEqual(completed("hello @ad!", started, "ada"), ["hello @ada !", 11]);
  assert.equal(startedMention("mail me@ad", 10), null);
  assert.deepEqual(["", "H", "room", "rooms"].map(suggestedCalls), [
    ["here", "room"],
    ["here"],
    ["room"],
    [],
  ]);
});
