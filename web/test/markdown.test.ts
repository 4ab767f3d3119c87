import assert from "node:assert/strict";
import { test } from "node:test";
import { type Block, type Inline, inlines, parse, plain, safeHref } from "../src/text/markdown.ts";

const text = (value: string): Inline => ({ kind: "text", text: value });

test("emphasis, code, links and mentions", () => {
  assert.deepEqual(inlines("a **b** *c* ~~d~~ `e` @ben"), [
    text("a "),
    { kind: "strong", children: [text("b")] },
    text(" "),
    { kind: "em", children: [text("c")] },
    text(" "),
    { kind: "del", children: [text("d")] },
    text(" "),
    { kind: "code", text: "e" },
    text(" "),
    { kind: "mention", name: "ben" },
  ]);
});

test("blocks", () => {
  const kinds = parse("# Head\ntext\n> quote\n- one\n- two\n1. first\n\n```py\nx = 1\n```").map(
    (block) => block.kind,
  );

  assert.deepEqual(kinds, ["heading", "paragraph", "quote", "list", "list", "code"]);
});

test("an excerpt has the words and none of the marks", () => {
  const source =
    "**Hello** @ben, see [the plan](https://a.example)\n> why?\n- `one`\n- two\n```\nx = 1\n```";

  assert.equal(plain(source), "Hello @ben, see the plan why? one two x = 1");
});

test("no address leads to a script", () => {
  for (const address of [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "//evil.example",
    "https:",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
  ]) {
    assert.equal(safeHref(address), null, address);
  }
  assert.deepEqual(inlines("[x](javascript:alert(1))")[0], text("[x](javascript:alert(1))"));
});

test("HTML is text", () => {
  const source = '<img src=x onerror="alert(1)"> <script>alert(1)</script>';

  assert.deepEqual(parse(source), [{ kind: "paragraph", children: [text(source)] }]);
});

test("what ends the sentence does not belong to the address", () => {
  const links = inlines("See https://a.example/x_(y). And (https://b.example/z), too")
    .filter((one) => one.kind === "link")
    .map((one) => one.href);

  assert.deepEqual(links, ["https://a.example/x_(y)", "https://b.example/z"]);
});

test("snake_case, arithmetic and addresses of mail stay as they are", () => {
  for (const source of ["snake_case_name", "2 * 3 * 4", "me@example.org", "a ** b", "\\*not\\*"]) {
    const shown = inlines(source)
      .map((one) => (one.kind === "text" ? one.text : "?"))
      .join("");
    assert.equal(shown, source.replaceAll("\\", ""));
  }
});

test("an unclosed fence runs to the end", () => {
  assert.deepEqual(parse("```\na\n\nb"), [
    { kind: "code", language: "", text: "a\n\nb" },
  ] as Block[]);
});

test("hostile texts of the greatest length are read within a fraction of a second", () => {
  const hostile = ["*", "_", "`", "[", "> ", "**a", "~~", "@", "[a](", "h", "```\n", "- ", "*a_b"];
  for (const mark of hostile) {
    const source = mark.repeat(4000 / mark.length);
    const began = performance.now();
    parse(source);
    assert.ok(performance.now() - began < 250, `${mark}: ${performance.now() - began} ms`);
  }
});
