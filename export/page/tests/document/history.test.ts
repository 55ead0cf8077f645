import fc from "fast-check";
import { expect, test } from "vitest";
import { type History, push, redo, start, undo } from "../../src/document/history";

test("steps are undone and done again in order, and a new one forgets what was undone", () => {
  let history = start("a");
  for (const [at, value] of ["b", "c", "d"].entries()) history = push(history, value, { at });
  history = undo(undo(history));
  expect(history.present).toBe("b");
  expect(redo(history).present).toBe("c");
  history = push(history, "x", { at: 9 });
  expect(redo(history)).toBe(history);
  expect(undo(history).present).toBe("b");
});

test("at either end nothing changes", () => {
  const history = start("a");
  expect(undo(history)).toBe(history);
  expect(redo(history)).toBe(history);
  expect(push(history, "a", { at: 0 })).toBe(history);
});

test("typing without a pause is one step", () => {
  let history = start("");
  history = push(history, "한", { merge: "type 1", at: 0 });
  history = push(history, "한국", { merge: "type 1", at: 1000 });
  history = push(history, "한국말", { merge: "type 1", at: 2000 });
  expect(history.past.length).toBe(1);
  expect(undo(history).present).toBe("");
  expect(redo(undo(history)).present).toBe("한국말");
});

test("a pause, another name, a push without a name and an undo each begin a new step", () => {
  const typed = push(start("a"), "b", { merge: "type 1", at: 0 });
  expect(push(typed, "c", { merge: "type 1", at: 1001 }).past.length).toBe(2);
  expect(push(typed, "c", { merge: "type 2", at: 1 }).past.length).toBe(2);
  expect(push(typed, "c", { at: 1 }).past.length).toBe(2);
  const unnamed = push(start("a"), "b", { at: 0 });
  expect(push(unnamed, "c", { at: 1 }).past.length).toBe(2);
  const again = redo(undo(typed));
  expect(push(again, "c", { merge: "type 1", at: 1 }).past.length).toBe(2);
});

test("whatever was done, undoing everything gives the first value and doing it again the last", () => {
  const pushes = fc.array(
    fc.record({ value: fc.nat(9), merge: fc.option(fc.constantFrom("m", "n")), gap: fc.nat(1500) }),
  );
  fc.assert(
    fc.property(pushes, (steps) => {
      let at = 0;
      let history: History<number> = start(-1);
      for (const { value, merge, gap } of steps) {
        at += gap;
        history = push(history, value, merge === null ? { at } : { merge, at });
      }
      const last = history;
      while (history.past.length > 0) history = undo(history);
      expect(history.present).toBe(-1);
      expect(history.future.length).toBe(last.past.length);
      while (history.future.length > 0) history = redo(history);
      expect(history.present).toBe(last.present);
      expect(history.past).toEqual(last.past);
    }),
  );
});

test("a day's steps are all kept", () => {
  let history = start(0);
  for (let value = 1; value <= 100_000; value++) history = push(history, value, { at: value });
  for (let value = 1; value <= 100_000; value++) history = undo(history);
  expect(history.present).toBe(0);
});
