import { describe, expect, it } from "vitest";
import { lasting, safe } from "../src/storage";

describe("what a browser keeps", () => {
  it("where there is no storage at all the page keeps it for itself", () => {
    lasting.setItem("a", "1");
    expect(lasting.getItem("a")).toBe("1");
    lasting.removeItem("a");
    expect(lasting.getItem("a")).toBeNull();
  });

  it("what is refused for lack of room is not what was there before", () => {
    const there = new Map([["a", "old"]]);
    const full = safe(() => ({
      getItem: (name) => there.get(name) ?? null,
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
      removeItem: (name) => void there.delete(name),
    }));
    full.setItem("a", "new");
    expect(full.getItem("a")).toBe("new");
  });

  it("what is kept is read from the storage, so that other tabs are heard", () => {
    const there = new Map<string, string>();
    const one = safe(() => ({
      getItem: (name) => there.get(name) ?? null,
      setItem: (name, text) => void there.set(name, text),
      removeItem: (name) => void there.delete(name),
    }));
    one.setItem("a", "1");
    there.set("a", "2");
    expect(one.getItem("a")).toBe("2");
  });
});
