import { expect, it } from "vitest";
import { safe } from "../../src/storage";
import { kept } from "../../src/work/kept";

const storage = () => {
  const there = new Map<string, string>();
  return safe(() => ({
    getItem: (name) => there.get(name) ?? null,
    setItem: (name, text) => void there.set(name, text),
    removeItem: (name) => void there.delete(name),
  }));
};

it("a choice is there again when the page is loaded again", () => {
  const browser = storage();
  kept(browser, "chosen", { order: "received" }).value = { order: "difficulty" };
  expect(kept(browser, "chosen", { order: "received" }).value).toEqual({ order: "difficulty" });
});

it("a browser that keeps nothing lets one choose all the same", () => {
  const refusing = safe(() => {
    throw new DOMException("", "SecurityError");
  });
  const choice = kept(refusing, "chosen", { order: "received" });
  choice.value = { order: "difficulty" };
  expect(choice.value).toEqual({ order: "difficulty" });
});
