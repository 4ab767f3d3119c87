import assert from "node:assert/strict";
import { test } from "node:test";
import { inOrder } from "../src/api/inOrder.ts";

test("a later write waits for the earlier one, also where that fails", async () => {
  const done: string[] = [];
  let refuse = (): void => {};
  const first = inOrder(
    "a",
    () =>
      new Promise((_, reject) => {
        refuse = () => reject(new Error("refused"));
      }),
  );
  const second = inOrder("a", async () => done.push("second"));
  await inOrder("b", async () => done.push("elsewhere"));
  assert.deepEqual(done, ["elsewhere"]);
  refuse();
  await assert.rejects(first);
  await second;

  assert.deepEqual(done, ["elsewhere", "second"]);
});
