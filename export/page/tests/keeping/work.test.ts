import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Problem } from "../../src/api/client";
import { setText } from "../../src/document/edits";
import type { Doc } from "../../src/document/types";
import { openWork, type Work } from "../../src/keeping/work";
import { Browser, type Tab } from "./browser";
import { ID, pass, Server } from "./server";

let server: Server;
let browser: Browser;
let tab: Tab;

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"],
  });
  server = new Server();
  browser = new Browser();
  tab = browser.tab();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Type into the first sentence. */
function type(work: Work, text: string): Doc {
  const doc = setText(work.doc.value, "0001", text);
  work.change(doc);
  work.activity.sign();
  return doc;
}

/** Hand in, and give it so many seconds: what it came to, or undefined where there is no end yet. */
async function handIn(work: Work, seconds = 5): Promise<"handed in" | Problem | undefined> {
  let came: "handed in" | Problem | undefined;
  work.submit().then(
    () => {
      came = "handed in";
    },
    (error: Problem) => {
      came = error;
    },
  );
  await pass(seconds);
  return came;
}

const text = (work: Work): string => work.doc.value.rows[0]?.text ?? "";
const copied = (worker = "kim"): string =>
  (server.copy(worker)?.document as { doc: Doc } | undefined)?.doc.rows[0]?.text ?? "";

describe("while all is well", () => {
  it("leases the draft that was chosen, for the person, and has nothing to save", async () => {
    const work = await tab.open(server);
    expect(server.draft().state).toBe("leased");
    expect(server.draft().worker).toBe("kim");
    expect(work.state.value).toEqual({ kind: "saved", at: null });
    expect(text(work)).toBe("안녕하세요");
  });

  it("says that no draft waits", async () => {
    server.alter({ state: "accepted" });
    expect(await tab.opened(server, null)).toEqual({ kind: "none" });
  });

  it("gives no draft that somebody else has", async () => {
    server.alter({ state: "delivered", worker: "lee", holder: "page" });
    expect((await tab.opened(server)).kind).toBe("closed");
  });

  it("is unsaved, then saving, then saved on the server two seconds after the last change", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    expect(work.state.value.kind).toBe("unsaved");
    await pass(1.9);
    expect(server.copy()).toBeUndefined();
    await pass(0.11);
    expect(work.state.value.kind).toBe("saving");
    await pass(0.1);
    expect(work.state.value).toEqual({ kind: "saved", at: Date.parse(server.copy()?.saved_at ?? "") });
    expect(copied()).toBe("안녕");
  });

  it("saves at the latest ten seconds after the first change, while typing goes on", async () => {
    const work = await tab.open(server);
    for (let key = 1; key <= 11; key++) {
      type(work, `안녕${key}`);
      await pass(1);
    }
    expect(server.counted("PUT working-copy")).toBe(1);
    expect(copied()).toBe("안녕10");
  });

  it("has what was typed in this browser within 300 ms", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(0.3);
    expect([...browser.kept.values()].join()).toContain('"안녕"');
  });

  it("renews the lease while somebody works", async () => {
    const work = await tab.open(server);
    for (let minute = 0; minute < 20; minute++) {
      work.activity.sign();
      await pass(60);
    }
    expect(server.draft().state).toBe("leased");
    expect(server.counted("POST leases")).toBe(1);
  });

  it("hands a correction in, of a draft that is delivered by then, with what was measured", async () => {
    const work = await tab.open(server);
    work.activity.row("0001");
    type(work, "안녕");
    await pass(10);
    work.played.heard(1, 2);
    expect(await handIn(work)).toBe("handed in");
    expect(work.state.value.kind).toBe("submitted");
    const [correction] = server.submissions.get(ID) ?? [];
    expect(correction?.revision).toBe(1);
    expect(correction?.worker).toBe("kim");
    expect(correction?.sentences[0]?.text).toBe("안녕");
    expect(correction?.lead_time).toBeGreaterThan(9);
    expect(correction?.sentences[0]?.seconds).toBeGreaterThan(9);
    expect(correction?.played).toEqual([[1, 2]]);
    expect([...browser.kept.keys()].filter((key) => key.startsWith('["text"'))).toEqual([]);
  });

  it("goes on with a draft in rework from the latest revision, without a lease", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    expect(await handIn(work)).toBe("handed in");
    await work.dispose();
    server.alter({ state: "rework" });
    const again = await browser.tab().open(server);
    expect(text(again)).toBe("안녕");
    expect(again.base?.revision).toBe(1);
    type(again, "안녕!");
    expect(await handIn(again)).toBe("handed in");
    expect(server.submissions.get(ID)?.map((one) => one.revision)).toEqual([1, 2]);
    expect(server.counted("POST leases")).toBe(1);
  });
});

describe("leaving", () => {
  it("hands a draft back in which nothing was changed", async () => {
    const work = await tab.open(server);
    const leaving = work.leave();
    await pass(1);
    expect(await leaving).toBe("left");
    expect(server.draft().state).toBe("ready");
  });

  it("hands it back as well where the page is closed", async () => {
    await tab.open(server);
    tab.page.dispatchEvent(new Event("pagehide"));
    await pass(1);
    expect(server.draft().state).toBe("ready");
  });

  it("keeps a changed draft where the page is closed, and its text", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    tab.page.dispatchEvent(new Event("pagehide"));
    await pass(1);
    expect(server.draft().state).toBe("leased");
    expect(copied()).toBe("안녕");
  });

  it("lets the person choose what becomes of a changed one, and keeps it for them", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    const leaving = work.leave();
    await pass(1);
    expect(await leaving).toBe("choose");
    const keeping = work.keepForMe();
    await pass(1);
    await keeping;
    expect(server.draft().state).toBe("delivered");
    expect(copied()).toBe("안녕");
    expect(work.state.value.kind).toBe("left");
    await work.dispose();
    expect(text(await browser.tab().open(server))).toBe("안녕");
  });

  it("or hands it back, and the text is there when the person takes it again, also on another device", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    const handing = work.handBack();
    await pass(1);
    await handing;
    await work.dispose();
    expect(server.draft().state).toBe("ready");
    expect(text(await new Browser().tab().open(server))).toBe("안녕");
  });

  it("hands a delivered draft back", async () => {
    server.alter({ state: "delivered", worker: "kim", holder: "page" });
    const work = await tab.open(server);
    const handing = work.handBack();
    await pass(1);
    await handing;
    expect(server.draft().state).toBe("ready");
  });

  it("raises the problem where it cannot tell the server, and the person stays at work", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(3);
    server.down = true;
    const keeping = work.keepForMe().catch((error: unknown) => error);
    await pass(1);
    expect(await keeping).toBeInstanceOf(Problem);
    expect(work.locked.value).toBe(false);
  });
});

describe("a dead connection", () => {
  it("is said since when, and that this browser keeps what is typed; then all of it is saved", async () => {
    const work = await tab.open(server);
    server.down = true;
    type(work, "안녕");
    await pass(3);
    expect(work.state.value).toMatchObject({ kind: "offline", here: true });
    const { since } = work.state.value as { since: number };
    type(work, "안녕하");
    await pass(60);
    expect(work.state.value).toEqual({ kind: "offline", since, here: true });
    server.down = false;
    await pass(31);
    expect(work.state.value.kind).toBe("saved");
    expect(copied()).toBe("안녕하");
  });

  it("is tried at once when the browser is online again", async () => {
    const work = await tab.open(server);
    server.down = true;
    type(work, "안녕");
    await pass(100);
    server.down = false;
    tab.page.dispatchEvent(new Event("online"));
    await pass(0.1);
    expect(work.state.value.kind).toBe("saved");
  });

  it("is over also where there is nothing to save", async () => {
    server.alter({ state: "delivered", worker: "kim", holder: "page" });
    const work = await tab.open(server);
    server.down = true;
    const asking = work.refresh().catch(() => {});
    await pass(1);
    await asking;
    expect(work.state.value.kind).toBe("offline");
    server.down = false;
    await pass(11);
    expect(work.state.value.kind).toBe("saved");
  });

  it("lets a save go through whose answer was lost", async () => {
    const work = await tab.open(server);
    server.fail("PUT working-copy", "lost after");
    type(work, "안녕");
    await pass(2.2);
    expect(copied()).toBe("안녕");
    type(work, "안녕하");
    await pass(10);
    expect(work.state.value.kind).toBe("saved");
    expect(copied()).toBe("안녕하");
    expect(work.aside.value).toEqual([]);
  });

  it("opens what this browser has, where the server's copy cannot be had for now", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(5);
    type(work, "안녕하");
    await pass(1);
    tab.crash();
    server.fail("GET working-copy", "lost before");
    const again = await browser.tab().open(server);
    expect(text(again)).toBe("안녕하");
    await pass(5);
    expect(again.state.value.kind).toBe("saved");
    expect(copied()).toBe("안녕하");
    expect(again.aside.value).toEqual([]);
  });

  it("hands a draft back once, however often the answer is lost", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(5);
    server.fail("POST nack", "lost after");
    const first = work.handBack().catch((error: unknown) => error);
    await pass(1);
    expect(await first).toBeInstanceOf(Problem);
    const second = work.handBack();
    await pass(1);
    await second;
    expect(server.draft().state).toBe("ready");
    expect(work.state.value.kind).toBe("left");
  });

  it("does not take a second draft where the answer to the lease was lost", async () => {
    server.add("f".repeat(32));
    server.fail("POST leases", "lost after");
    await expect(tab.opened(server, null)).rejects.toBeInstanceOf(Problem);
    await tab.open(server, null);
    expect([...server.drafts.values()].filter((one) => one.state === "leased")).toHaveLength(1);
  });

  it("does not take a second draft where it broke off between the lease and the document", async () => {
    server.add("f".repeat(32));
    server.fail("GET document", 503);
    await expect(tab.opened(server, null)).rejects.toBeInstanceOf(Problem);
    await tab.open(server, null);
    expect([...server.drafts.values()].filter((one) => one.state === "leased")).toHaveLength(1);
  });

  it("hands a correction in once, however often answers are lost", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(3);
    server.fail("POST ack", "lost after", 2);
    server.fail("POST submissions", "lost before");
    server.fail("POST submissions", "lost after");
    server.fail("POST submissions", 503);
    await handIn(work, 1);
    expect(work.state.value).toMatchObject({ kind: "submitting" });
    await pass(120);
    expect(work.state.value.kind).toBe("submitted");
    expect(server.submissions.get(ID)).toHaveLength(1);
  });
});

describe("a browser that keeps nothing", () => {
  it("is told once, and the server's copy works", async () => {
    browser.full = true;
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(1);
    expect(work.note.value).toEqual({ kind: "not_kept_here" });
    work.told();
    await pass(5);
    type(work, "안녕하");
    await pass(5);
    expect(work.note.value).toBeNull();
    expect(copied()).toBe("안녕하");
    expect(work.state.value.kind).toBe("saved");
  });

  it("says so while the connection is dead as well: then the page alone has it", async () => {
    browser.full = true;
    const work = await tab.open(server);
    server.down = true;
    type(work, "안녕");
    await pass(3);
    expect(work.state.value).toMatchObject({ kind: "offline", here: false });
  });
});

describe("a browser that has no room any more", () => {
  it("says so, and goes on by the server; what it could keep before is behind then", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(1);
    browser.full = true;
    type(work, "안녕하");
    await pass(5);
    expect(work.note.value).toEqual({ kind: "not_kept_here" });
    await work.dispose();
    browser.full = false;
    expect(text(await browser.tab().open(server))).toBe("안녕하");
  });

  it("lets nobody leave with what this page alone has", async () => {
    server.alter({ state: "delivered", worker: "kim", holder: "page" });
    browser.full = true;
    const work = await tab.open(server);
    server.down = true;
    type(work, "안녕");
    await pass(5);
    const closing = new Event("beforeunload", { cancelable: true });
    tab.page.dispatchEvent(closing);
    expect(closing.defaultPrevented).toBe(true);
    const leaving = work.leave();
    const keeping = work.keepForMe().catch((error: unknown) => error);
    await pass(1);
    expect(await leaving).toBe("choose");
    expect(await keeping).toBeInstanceOf(Problem);
    server.down = false;
    await pass(31);
    const later = new Event("beforeunload", { cancelable: true });
    tab.page.dispatchEvent(later);
    expect(later.defaultPrevented).toBe(false);
  });
});

describe("a copy that the server refuses", () => {
  it("is said, the text stays here, and it can be submitted", async () => {
    const work = await tab.open(server);
    server.fail("PUT working-copy", 413, 3);
    type(work, "안녕");
    await pass(60);
    expect(work.state.value).toMatchObject({ kind: "copy_refused", here: true });
    expect(server.counted("PUT working-copy")).toBe(1);
    await handIn(work, 2);
    expect(work.state.value.kind).toBe("submitted");
  });

  it("is not written over where another program wrote it", async () => {
    const work = await tab.open(server);
    const foreign = {
      version: 1,
      revision: 0,
      saved_at: "2026-11-26T10:00:00Z",
      body: "{}",
      document: { by: "another" },
    };
    server.copies.set(`${ID} kim`, foreign);
    type(work, "안녕");
    await pass(5);
    expect(work.state.value.kind).toBe("copy_refused");
    expect(server.copy()).toEqual(foreign);
  });

  it("is tried again with the next change", async () => {
    const work = await tab.open(server);
    server.fail("PUT working-copy", 413);
    type(work, "안녕");
    await pass(5);
    type(work, "안");
    await pass(5);
    expect(work.state.value.kind).toBe("saved");
  });
});

describe("what was measured", () => {
  it("goes to the server now and then, also where nothing more is typed", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(5);
    for (let second = 0; second < 80; second++) {
      work.activity.sign();
      await pass(1);
    }
    const saved = server.copy()?.document as { active: Record<string, number> } | undefined;
    expect(Object.values(saved?.active ?? {})[0]).toBeGreaterThan(55);
    expect(work.state.value.kind).toBe("saved");
  });

  it("is kept here also where nothing was typed, and nothing is brought back for it", async () => {
    const work = await tab.open(server);
    for (let second = 0; second < 30; second++) {
      work.activity.sign();
      work.played.heard(second, second + 1);
      await pass(1);
    }
    tab.crash();
    const again = await browser.tab().open(server);
    expect(again.note.value).toBeNull();
    expect(await handIn(again)).toBe("handed in");
    const [correction] = server.submissions.get(ID) ?? [];
    expect(correction?.lead_time).toBeGreaterThan(19);
    expect(correction?.played?.[0]?.[1]).toBeGreaterThan(19);
  });
});

describe("a token that is not good any more", () => {
  it("signs nobody out of their text: after signing in again the same work goes on", async () => {
    const work = await tab.open(server);
    server.revoke("token of kim");
    type(work, "안녕");
    await pass(5);
    expect(work.state.value).toEqual({ kind: "signed_out", here: true });
    expect(work.locked.value).toBe(false);
    type(work, "안녕하");
    await pass(60);
    tab.people.value = server.person("lee");
    await pass(5);
    expect(work.state.value.kind).toBe("signed_out");
    tab.people.value = server.person("kim", "new token of kim");
    await pass(5);
    expect(work.state.value.kind).toBe("saved");
    expect(copied()).toBe("안녕하");
  });

  it("does not break off a submission", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(5);
    server.fail("POST submissions", 401);
    await handIn(work, 5);
    expect(work.state.value.kind).toBe("signed_out");
    tab.people.value = server.person("kim", "new token of kim");
    await pass(5);
    expect(work.state.value.kind).toBe("submitted");
  });
});

describe("a lease that ran out", () => {
  const sleep = async (seconds: number): Promise<void> => {
    server.now += seconds * 1000;
  };

  it("is taken again at once where nobody else has the draft, and nothing is lost", async () => {
    const work = await tab.open(server);
    await sleep(400);
    type(work, "안녕");
    await pass(5);
    expect(work.note.value).toEqual({ kind: "retaken" });
    expect(work.state.value.kind).toBe("saved");
    expect(copied()).toBe("안녕");
    expect(server.draft().worker).toBe("kim");
  });

  it("is not renewed for somebody who is away, and taken again when they are back", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(40 * 60);
    expect(work.state.value.kind).toBe("lease_ended");
    expect(server.draft().state === "leased" && server.draft().until > server.now + 40 * 60_000).toBe(false);
    work.activity.sign();
    await pass(1);
    expect(work.state.value.kind).toBe("saved");
    expect(server.draft()).toMatchObject({ state: "leased", worker: "kim" });
  });

  it("is taken where somebody else has the draft: the text stays, also after the page is opened anew", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(5);
    server.alter({ state: "leased", worker: "lee", last: "another", lease: "another" });
    type(work, "안녕하");
    await pass(5);
    expect(work.state.value.kind).toBe("taken");
    expect(work.locked.value).toBe(true);
    expect(text(work)).toBe("안녕하");
    await work.dispose();
    const again = await browser.tab().open(server);
    expect(again.state.value.kind).toBe("taken");
    expect(text(again)).toBe("안녕하");
  });

  it("says why where the draft is not given to this person again", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await sleep(400);
    server.fail("POST leases", 409);
    await pass(5);
    expect(work.state.value).toMatchObject({ kind: "refused", problem: { code: "language" } });
    const taking = work.retake();
    await pass(5);
    await taking;
    expect(work.state.value.kind).toBe("saved");
  });

  it("is taken again where the page comes back from the browser's cache", async () => {
    const work = await tab.open(server);
    tab.page.dispatchEvent(new Event("pagehide"));
    await pass(1);
    expect(server.draft().state).toBe("ready");
    tab.page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
    await pass(1);
    expect(server.draft()).toMatchObject({ state: "leased", worker: "kim" });
    type(work, "안녕");
    await pass(5);
    expect(work.state.value.kind).toBe("saved");
  });

  it("stands in no way of a submission where nobody else has the draft", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(5);
    await sleep(400);
    await handIn(work, 5);
    expect(work.state.value.kind).toBe("submitted");
  });

  it("breaks a submission off where somebody else has the draft", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(5);
    server.alter({ state: "leased", worker: "lee", last: "another", lease: "another" });
    await handIn(work, 5);
    expect(work.state.value.kind).toBe("taken");
    expect(text(work)).toBe("안녕");
    expect(server.submissions.get(ID)).toBeUndefined();
  });
});

describe("a draft that is ended meanwhile", () => {
  it.each(["withdrawn", "superseded", "withheld", "dead", "accepted"] as const)(
    "says that it is %s",
    async (state) => {
      const work = await tab.open(server);
      server.alter({ state });
      type(work, "안녕");
      await pass(5);
      expect(work.state.value).toEqual({ kind: "closed", why: state });
      expect(text(work)).toBe("안녕");
      await work.dispose();
      const again = await browser.tab().open(server);
      expect(again.state.value).toEqual({ kind: "closed", why: state });
      expect(text(again)).toBe("안녕");
    },
  );

  it("says that it is forgotten, and forgets it here as well once the page is left", async () => {
    const work = await tab.open(server);
    server.forgotten = true;
    type(work, "안녕");
    await pass(5);
    expect(work.state.value).toEqual({ kind: "closed", why: "forgotten" });
    await work.dispose();
    expect([...browser.kept.values()].join()).not.toContain("안녕");
  });

  it("says that a newer revision was handed in", async () => {
    const work = await tab.open(server);
    server.alter({ state: "ready", worker: null, revision: 1 });
    type(work, "안녕");
    await pass(5);
    expect(work.state.value).toEqual({ kind: "closed", why: "newer" });
    await work.dispose();
    server.submissions.set(ID, [{ revision: 1, sentences: [] } as never]);
    const again = await browser.tab().open(server);
    expect(again.state.value.kind).toBe("saved");
    expect(again.aside.value.map((one) => one.doc.rows[0]?.text)).toEqual(["안녕"]);
  });

  it("goes on where it is given out again", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    server.alter({ state: "withheld" });
    await pass(5);
    server.alter({ state: "ready", worker: null });
    void work.retake();
    await pass(5);
    expect(work.state.value.kind).toBe("saved");
    expect(copied()).toBe("안녕");
  });
});

describe("a correction that is refused", () => {
  it("says why, and can be mended and handed in", async () => {
    const work = await tab.open(server);
    type(work, "");
    await pass(5);
    await handIn(work, 5);
    expect(work.state.value).toMatchObject({ kind: "refused", problem: { status: 422 } });
    type(work, "안녕");
    expect(work.state.value.kind).toBe("unsaved");
    await handIn(work, 5);
    expect(work.state.value.kind).toBe("submitted");
  });
});

describe("two tabs", () => {
  it("lets the second one look, and the first one work", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(0.3);
    const second = await browser.tab().open(server);
    expect(second.state.value.kind).toBe("other_tab");
    expect(second.locked.value).toBe(true);
    type(second, "둘째");
    await pass(5);
    expect(copied()).toBe("안녕");
    expect(work.state.value.kind).toBe("saved");
  });

  it("takes over with what was typed a moment before; the first one is told, and cannot change it any more", async () => {
    const work = await tab.open(server);
    const second = await browser.tab().open(server);
    type(work, "안녕");
    const taking = second.takeOver();
    await pass(3);
    await taking;
    expect(text(second)).toBe("안녕");
    expect(second.state.value.kind).toBe("saved");
    expect(work.state.value.kind).toBe("other_tab");
    type(work, "첫째");
    type(second, "안녕하");
    await pass(5);
    expect(copied()).toBe("안녕하");
    expect(server.counted("POST leases")).toBe(1);
  });

  it("takes over through the server where the browser keeps nothing", async () => {
    browser.full = true;
    const work = await tab.open(server);
    const second = await browser.tab().open(server);
    type(work, "안녕");
    const taking = second.takeOver();
    await pass(3);
    await taking;
    expect(text(second)).toBe("안녕");
  });

  it("can go back and forth without a conflict", async () => {
    const work = await tab.open(server);
    const second = await browser.tab().open(server);
    for (const [to, what] of [
      [second, "가"],
      [work, "나"],
      [second, "다"],
    ] as const) {
      const taking = to.takeOver();
      await pass(2);
      await taking;
      type(to, what);
      await pass(1);
    }
    await pass(5);
    expect(copied()).toBe("다");
    expect(second.state.value.kind).toBe("saved");
  });
});

describe("a page that shows something else by now", () => {
  it("leaves on the server what was typed last, which another device would miss and a full browser would lose", async () => {
    browser.full = true;
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(0.1);
    void work.dispose();
    await pass(1);
    expect(copied()).toBe("안녕");
    expect(text(await browser.tab().open(server))).toBe("안녕");
  });

  it("waits for no server that is away", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(0.1);
    server.down = true;
    void work.dispose();
    await pass(5);
    expect(text(work)).toBe("안녕");
    server.down = false;
    expect(text(await browser.tab().open(server))).toBe("안녕");
    expect(server.counted("POST leases")).toBe(1);
  });

  it("goes on handing in", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(5);
    server.down = true;
    expect(await handIn(work)).toBeUndefined();
    expect(await work.leave()).toBe("left");
    void work.dispose();
    await pass(60);
    server.down = false;
    await pass(31);
    expect(server.submissions.get(ID)).toHaveLength(1);
  });

  it("leaves that to the next opening, where there is one", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(5);
    server.fail("POST submissions", 503, 2);
    await handIn(work, 1);
    void work.dispose();
    const again = await tab.open(server);
    expect(again.state.value.kind).toBe("submitting");
    await pass(31);
    expect(again.state.value.kind).toBe("submitted");
    expect(server.submissions.get(ID)).toHaveLength(1);
  });

  it("hands a draft back in which nothing was changed", async () => {
    const work = await tab.open(server);
    void work.dispose();
    await pass(1);
    expect(server.draft().state).toBe("ready");
  });
});

describe("the same tab", () => {
  it("may open the draft again before what it did with it has ended", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    void work.dispose();
    const again = await tab.open(server);
    expect(again.state.value.kind).not.toBe("other_tab");
    expect(text(again)).toBe("안녕");
    await pass(5);
    expect(copied()).toBe("안녕");
  });
});

describe("who goes to and fro before a draft is open", () => {
  it("finds it open here, not in another tab", async () => {
    const person = server.person("kim", "token of kim", async () => {});
    const open = () => openWork(person, ID, {}, tab.surroundings);
    void open().then((given) => void (given.kind === "open" && given.work.dispose()));
    const again = open();
    await pass(1);
    const opened = await again;
    expect(opened.kind === "open" && opened.work.state.value.kind).toBe("saved");
    expect(server.draft().state).toBe("leased");
  });

  it("finds it open where the first attempt failed", async () => {
    server.fail("GET document", 503);
    const failed = tab.open(server).catch((error: unknown) => error);
    const again = tab.open(server);
    await pass(1);
    expect(await failed).toBeInstanceOf(Problem);
    expect((await again).state.value.kind).toBe("saved");
  });
});

describe("two devices", () => {
  const other = new Browser();

  it("goes on on the second one under the same lease, with all that the first one saved", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(5);
    const second = await other.tab().open(server);
    expect(text(second)).toBe("안녕");
    expect(second.note.value).toMatchObject({ kind: "restored", from: "server" });
    type(second, "안녕하");
    await pass(5);
    expect(second.state.value.kind).toBe("saved");
    await handIn(second, 5);
    expect(second.state.value.kind).toBe("submitted");
  });

  it("takes the later text by itself where nothing was typed on the first one since", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(5);
    const second = await new Browser().tab().open(server);
    type(second, "안녕하");
    await pass(5);
    await handIn(work, 5);
    expect(work.state.value.kind).toBe("saved");
    expect(text(work)).toBe("안녕하");
  });

  const apart = async (): Promise<{ work: Work; second: Work }> => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(5);
    const second = await new Browser().tab().open(server);
    type(second, "theirs");
    await pass(5);
    type(work, "mine");
    await pass(5);
    return { work, second };
  };

  it("lets the person choose where both were typed on, whatever the clocks say", async () => {
    const { work } = await apart();
    expect(work.state.value).toMatchObject({ kind: "elsewhere" });
    expect(work.locked.value).toBe(false);
    expect(copied()).toBe("theirs");
    type(work, "mine too");
    await pass(60);
    expect(work.state.value).toMatchObject({ kind: "elsewhere" });
    expect(copied()).toBe("theirs");
  });

  it("goes on with theirs, and keeps mine", async () => {
    const { work } = await apart();
    await work.useTheirs();
    expect(text(work)).toBe("theirs");
    expect(work.state.value.kind).toBe("saved");
    expect(work.aside.value.map((one) => one.doc.rows[0]?.text)).toEqual(["mine"]);
    type(work, "theirs and more");
    await pass(5);
    expect(copied()).toBe("theirs and more");
    await work.dispose();
    expect((await browser.tab().open(server)).aside.value).toHaveLength(1);
  });

  it("goes on with mine, and keeps theirs; the other device then takes mine", async () => {
    const { work, second } = await apart();
    void work.useMine();
    await pass(5);
    expect(text(work)).toBe("mine");
    expect(copied()).toBe("mine");
    expect(work.aside.value.map((one) => one.doc.rows[0]?.text)).toEqual(["theirs"]);
    void second.save();
    await handIn(second, 5);
    expect(text(second)).toBe("mine");
  });

  it("does not hand in over a text of the other device that was not seen", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(5);
    const second = await new Browser().tab().open(server);
    type(second, "theirs");
    await pass(5);
    type(work, "mine");
    await handIn(work, 5);
    expect(work.state.value.kind).toBe("elsewhere");
    expect(server.submissions.get(ID)).toBeUndefined();
  });

  it("meets a choice also where the page is opened anew", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(5);
    server.down = true;
    type(work, "mine");
    await pass(1);
    tab.crash();
    server.down = false;
    const second = await new Browser().tab().open(server);
    type(second, "theirs");
    await pass(5);
    const again = await browser.tab().open(server);
    expect(again.state.value.kind).toBe("elsewhere");
    expect(text(again)).toBe("mine");
  });

  it("adds what was worked on both", async () => {
    const work = await tab.open(server);
    for (let second = 0; second < 20; second++) {
      work.activity.sign();
      await pass(1);
    }
    type(work, "안녕");
    await pass(5);
    const again = await new Browser().tab().open(server);
    for (let second = 0; second < 20; second++) {
      again.activity.sign();
      await pass(1);
    }
    await handIn(again, 5);
    const lead = server.submissions.get(ID)?.[0]?.lead_time ?? 0;
    // 20 s and 2 s until the first one saved, and 20 s on the second one.
    expect(lead).toBeGreaterThan(41);
    expect(lead).toBeLessThan(43);
  });
});

describe("clocks", () => {
  it("may jump: the newest text is told by what it was made of", async () => {
    const work = await tab.open(server);
    type(work, "안녕");
    await pass(5);
    server.now += 400 * 24 * 3600_000;
    type(work, "안녕하");
    await pass(0.5);
    tab.crash();
    vi.setSystemTime(Date.parse("2020-01-01T00:00:00Z"));
    expect(text(await browser.tab().open(server))).toBe("안녕하");
  });
});

describe("a crash", () => {
  const TYPED = ["안녕하세요", "안녕", "안녕하", "안녕하십"];

  /** Take the next draft, type, hand in, and crash after so many steps; then go on. null: it ended before that. */
  async function storyUntil(crash: number): Promise<{ written: number; work: Work | null } | null> {
    server = new Server();
    server.add("f".repeat(32));
    browser = new Browser();
    tab = browser.tab();
    tab.crashAt = crash;
    const work = await tab.open(server, null).catch(() => null);
    let written = 0;
    for (let typed = 1; work !== null && typed < TYPED.length; typed++) {
      if (tab.hasCrashed) break;
      type(work, TYPED[typed] ?? "");
      await pass(0.3);
      if (!tab.hasCrashed) written = typed;
      await pass(3);
    }
    void work?.submit();
    await pass(10);
    if (!tab.hasCrashed) return null;
    const again = browser.tab();
    const opened = await again.opened(server, work === null ? null : ID);
    return { written, work: opened.kind === "open" ? opened.work : null };
  }

  it("after any step loses nothing that is older than 300 ms, takes no second draft, and hands in once", async () => {
    let crash = 0;
    for (; ; crash++) {
      const after = await storyUntil(crash);
      if (after === null) break;
      expect([...server.drafts.values()].filter((one) => one.state !== "ready")).toHaveLength(1);
      if (after.work !== null) {
        // What was handed in before is what was typed last; it needs no second time.
        expect(TYPED.indexOf(text(after.work))).toBeGreaterThanOrEqual(after.written);
        await handIn(after.work, 10);
        expect(after.work.state.value.kind).toBe("submitted");
      }
      const handedIn = server.submissions.get(ID) ?? [];
      expect(handedIn).toHaveLength(1);
      expect(TYPED.indexOf(handedIn[0]?.sentences[0]?.text ?? "")).toBeGreaterThanOrEqual(after.written);
    }
    expect(crash).toBeGreaterThan(30);
  });
});
