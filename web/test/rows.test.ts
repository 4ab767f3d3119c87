import assert from "node:assert/strict";
import { test } from "node:test";
import { chunksOf, type Made, rowsOf } from "../src/views/rows.ts";
import { message, messages } from "./scene.ts";

test("a new message draws one row anew, the others stay the same objects", () => {
  const made: Made = new WeakMap();
  const held = messages(1, 5);
  const before = rowsOf(held, null, made);
  const now = rowsOf([...held, message(6)], null, made);

  assert.deepEqual(
    now.map((row, n) => row === before[n]),
    [true, true, true, true, true, false],
  );
});

test("a row is drawn anew where its message or the one before has changed", () => {
  const made: Made = new WeakMap();
  const held = messages(1, 4);
  const before = rowsOf(held, null, made);
  const edited = [held[0], message(2, { content: "edited" }), ...held.slice(2)] as typeof held;
  const now = rowsOf(edited, null, made);

  assert.deepEqual(
    now.map((row, n) => row === before[n]),
    [true, false, false, true],
  );
});

test("chunks depend on the numbers only, so that older messages leave them as they are", () => {
  const late = chunksOf(rowsOf(messages(40, 70), null));
  const all = chunksOf(rowsOf(messages(10, 70), null));

  assert.deepEqual(
    late.map((chunk) => chunk.key),
    [2, 3, 4],
  );
  assert.deepEqual(
    all.slice(-2).map(({ key, rows }) => [key, rows.length]),
    late.slice(-2).map(({ key, rows }) => [key, rows.length]),
  );
});
