import "fake-indexeddb/auto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  asideOf,
  dropText,
  type Kept,
  putAside,
  putText,
  type Shelf,
  Small,
  shelfOfBrowser,
  sweep,
  textsOf,
  Writer,
} from "../../src/keeping/local";

const DRAFT = "a".repeat(32);
const DAY = 24 * 3600 * 1000;

const kept = (more: Partial<Kept> = {}): Kept => ({
  form: 1,
  doc: { rows: [], removed: [] },
  lineage: { a: 1 },
  active: {},
  secondsByRow: {},
  played: [],
  worker: "kim",
  draftId: DRAFT,
  revision: 0,
  serverVersion: null,
  savedAt: 1,
  sent: null,
  ...more,
});

let shelf: Shelf;

beforeEach(async () => {
  shelf = shelfOfBrowser();
  for (const key of await shelf.keys()) await shelf.del(key);
});

const full = (): Shelf => ({
  ...shelf,
  set: () => Promise.reject(new DOMException("", "QuotaExceededError")),
});

describe("texts", () => {
  it("are found again by person and draft, those of the latest revision first", async () => {
    await putText(shelf, kept());
    await putText(shelf, kept({ revision: 1 }));
    await putText(shelf, kept({ worker: "lee" }));
    await putText(shelf, kept({ draftId: "b".repeat(32) }));
    expect(await textsOf(shelf, "kim", DRAFT)).toEqual([kept({ revision: 1 }), kept()]);
  });

  it("take the place of the one before", async () => {
    await putText(shelf, kept());
    await putText(shelf, kept({ savedAt: 2 }));
    expect(await textsOf(shelf, "kim", DRAFT)).toEqual([kept({ savedAt: 2 })]);
  });

  it("are gone once dropped", async () => {
    await putText(shelf, kept());
    await dropText(shelf, kept());
    expect(await textsOf(shelf, "kim", DRAFT)).toEqual([]);
  });

  it("are none where the browser refuses", async () => {
    const refusing = { ...shelf, keys: () => Promise.reject(new DOMException("", "InvalidStateError")) };
    expect(await textsOf(refusing, "kim", DRAFT)).toEqual([]);
  });

  it("that were set aside are there beside it, the latest first", async () => {
    const { doc } = kept();
    await putAside(shelf, "kim", DRAFT, { id: "1", at: 1, doc });
    await putAside(shelf, "kim", DRAFT, { id: "2", at: 2, doc });
    expect((await asideOf(shelf, "kim", DRAFT)).map((one) => one.id)).toEqual(["2", "1"]);
  });

  it("go after 30 days, and all else that is kept with them", async () => {
    const now = Date.now();
    await putText(shelf, kept({ savedAt: now - 31 * DAY }));
    await putText(shelf, kept({ savedAt: now - 29 * DAY, revision: 1 }));
    await putAside(shelf, "kim", DRAFT, { id: "1", at: now - 31 * DAY, doc: kept().doc });
    await sweep(shelf, now);
    expect(await shelf.keys()).toHaveLength(1);
  });

  it.each([
    ["was saved by a clock that stood at 1970", 60_000, Date.parse("2026-11-26")],
    ["is looked at by a clock that has jumped ahead", Date.parse("2026-11-26"), Date.parse("2099-01-01")],
  ])("stays where it %s", async (_, savedAt, now) => {
    await putText(shelf, kept({ savedAt }));
    await sweep(shelf, now);
    expect(await textsOf(shelf, "kim", DRAFT)).toHaveLength(1);
  });
});

describe("small things", () => {
  const session = () => {
    const map = new Map<string, string>();
    return {
      getItem: (name: string) => map.get(name) ?? null,
      setItem: (name: string, value: string) => void map.set(name, value),
      removeItem: (name: string) => void map.delete(name),
    };
  };

  it("outlive the tab", async () => {
    await new Small(shelf, session()).set("lease", "x");
    expect(await new Small(shelf, session()).get("lease")).toBe("x");
  });

  it("outlive a reload where the browser keeps nothing else", async () => {
    const tab = session();
    await new Small(full(), tab).set("lease", "x");
    expect(await new Small(full(), tab).get("lease")).toBe("x");
  });

  it("are gone once dropped", async () => {
    const small = new Small(shelf, session());
    await small.set("lease", "x");
    await small.drop("lease");
    expect(await small.get("lease")).toBeNull();
  });
});

describe("the writer", () => {
  it("writes once for all changes of a moment, and what there is then", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const set = vi.fn(async () => {});
    let savedAt = 0;
    const writer = new Writer(
      { ...shelf, set },
      () => kept({ savedAt }),
      () => {},
    );
    for (savedAt = 1; savedAt < 5; savedAt++) {
      writer.soon();
      await vi.advanceTimersByTimeAsync(50);
    }
    await vi.advanceTimersByTimeAsync(300);
    expect(set).toHaveBeenCalledOnce();
    expect(set).toHaveBeenCalledWith(expect.anything(), kept({ savedAt: 5 }));
    vi.useRealTimers();
  });

  it("tells whether it could, and tries again", async () => {
    const told: boolean[] = [];
    let room = false;
    const sometimes: Shelf = { ...shelf, set: (key, value) => (room ? shelf : full()).set(key, value) };
    const writer = new Writer(sometimes, kept, (here) => told.push(here));
    await writer.write();
    room = true;
    await writer.write();
    expect(told).toEqual([false, true]);
  });

  it("writes one after the other, so that the last one stays", async () => {
    let savedAt = 1;
    const slow: Shelf = {
      ...shelf,
      set: async (key, value) => {
        await new Promise((resolve) => setTimeout(resolve, savedAt === 1 ? 30 : 0));
        await shelf.set(key, value);
      },
    };
    const writer = new Writer(
      slow,
      () => kept({ savedAt }),
      () => {},
    );
    const first = writer.write();
    savedAt = 2;
    await Promise.all([first, writer.write()]);
    expect(await textsOf(shelf, "kim", DRAFT)).toEqual([kept({ savedAt: 2 })]);
  });

  it("writes nothing any more once it is stopped, or where nothing may be written", async () => {
    const writer = new Writer(shelf, kept, () => {});
    writer.soon();
    await writer.stop();
    writer.soon();
    await writer.flush();
    await writer.write();
    await new Writer(
      shelf,
      () => null,
      () => {},
    ).write();
    expect(await shelf.keys()).toEqual([]);
  });
});
