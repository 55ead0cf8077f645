import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Entry } from "../../src/api/client";
import type { Person } from "../../src/person";
import { Judging } from "../../src/review/judging";

const ID = "0123456789abcdef0123456789abcdef";

interface Asked {
  readonly params: { readonly header?: Record<string, string> };
  readonly body?: Record<string, unknown>;
}

/** A server with one draft that was handed in, as far as a review asks of it. */
class Server {
  entry = { draft_id: ID, state: "submitted", version: 3, revision: 1, worker: "kim" } as Entry;
  events: { version: number; to: string; by: string; kind: string }[] = [];
  readonly verdicts: Record<string, unknown>[] = [];
  reachable = true;

  /** Somebody does something with the draft. */
  change(to: Entry["state"], by: string, kind = to as string): void {
    const version = this.entry.version + 1;
    this.entry = { ...this.entry, state: to, version };
    this.events = [...this.events, { version, to, by, kind }];
  }

  person(name: string, more: Partial<Person["me"]> = {}): Person {
    const api = {
      GET: (path: string) => this.answer(() => this.read(path)),
      POST: (path: string, asked: Asked) => this.answer(() => this.take(path, asked, name)),
    };
    const me = { name: `token-${name}`, worker: name, scopes: ["read", "review"], ...more };
    return { api, me, worker: me.worker ?? me.name, token: "" } as unknown as Person;
  }

  private async answer(given: () => unknown): Promise<unknown> {
    if (!this.reachable) throw new TypeError("no connection");
    const data = given();
    if (data instanceof Refused) {
      const { status, code } = data;
      return { error: { type: `urn:prelabel:problem:${code}` }, response: new Response(null, { status }) };
    }
    return { data, response: new Response("{}") };
  }

  private read(path: string): unknown {
    const correction = { draft_id: ID, revision: 1, worker: "kim", sentences: [] };
    if (path.endsWith("/edits")) return { base: 0, rows: [], renamed: [] };
    if (path.endsWith("/events")) return { events: this.events };
    if (path.endsWith("/submissions")) return { submissions: [] };
    if (path.endsWith("/reviews")) return { reviews: [] };
    if (path.endsWith("/submissions/{revision}")) return correction;
    if (path.endsWith("{draft_id}")) return this.entry;
    return {};
  }

  private take(path: string, { params, body = {} }: Asked, name: string): unknown {
    if (params.header?.["If-Match"] !== `"v${this.entry.version}"`) return new Refused(412, "stale_version");
    if (path.endsWith("/transitions")) {
      const to = { start_review: "in_review", stop_review: "submitted", reopen: "in_review" }[
        body.action as string
      ];
      this.change(to as Entry["state"], `token-${name}`);
      return this.entry;
    }
    this.verdicts.push(body);
    this.change(body.verdict as Entry["state"], `token-${name}`);
    return { draft: this.entry, replayed: false };
  }
}

class Refused {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {}
}

let server: Server;

beforeEach(() => {
  server = new Server();
});

async function opened(person: Person): Promise<Judging> {
  const found = await Judging.open(person, ID);
  if (!(found instanceof Judging)) throw new Error("there is nothing to judge");
  return found;
}

/** Let everything that was asked be answered. */
const settled = () => new Promise((done) => setTimeout(done, 5));

describe("a review", () => {
  it("begins when a correction is opened, so that others see it", async () => {
    const judging = await opened(server.person("lee"));
    expect(judging.stance.value).toEqual({ kind: "judging" });
    expect(server.entry.state).toBe("in_review");
  });

  it("goes on where the same token began it", async () => {
    server.change("in_review", "token-lee");
    const judging = await opened(server.person("lee"));
    expect(judging.stance.value).toEqual({ kind: "judging" });
    expect(server.events).toHaveLength(1);
  });

  it("is somebody else's until it is taken over", async () => {
    server.change("in_review", "token-choi");
    const judging = await opened(server.person("lee"));
    expect(judging.stance.value).toEqual({ kind: "other", by: "token-choi" });
    await judging.judge("accepted");
    expect(server.verdicts).toEqual([]);
    await judging.takeOver();
    expect(judging.stance.value).toEqual({ kind: "judging" });
    expect(server.events.at(-1)).toMatchObject({ to: "in_review", by: "token-lee" });
  });

  it("of one's own work does not begin", async () => {
    const judging = await opened(server.person("kim"));
    expect(judging.stance.value).toEqual({ kind: "own" });
    expect(server.entry.state).toBe("submitted");
  });

  it("of one's own work begins where the token may do everything, and that is known", async () => {
    const judging = await opened(server.person("kim", { scopes: ["admin"] }));
    expect(judging.stance.value).toEqual({ kind: "judging" });
    expect(judging.ownButAllowed).toBe(true);
  });

  it("does not begin of what was judged", async () => {
    server.change("accepted", "token-choi");
    const judging = await opened(server.person("lee"));
    expect(judging.stance.value).toEqual({ kind: "settled" });
    expect(judging.locked.value).toBe(true);
  });

  it("of nothing is none", async () => {
    server.entry = { ...server.entry, state: "ready", revision: 0 };
    expect(await Judging.open(server.person("lee"), ID)).toMatchObject({ state: "ready" });
  });

  it("that is left without a verdict leaves the correction to others", async () => {
    const judging = await opened(server.person("lee"));
    judging.leave();
    judging.leave();
    await settled();
    expect(server.entry.state).toBe("submitted");
    expect(server.events.map((event) => event.to)).toEqual(["in_review", "submitted"]);
  });
});

describe("a verdict", () => {
  it("takes along everything that was written, and ends the review", async () => {
    const judging = await opened(server.person("lee"));
    judging.write({ whole: " Well done. ", at: {} });
    judging.writeAt(4, "But this.");
    judging.writeAt(2, " ");
    await judging.judge("rework");
    expect(server.verdicts).toEqual([
      {
        reviewer: "lee",
        revision: 1,
        verdict: "rework",
        comment: "Well done.",
        comments: [{ sentence: 4, text: "But this." }],
      },
    ]);
    expect(judging.stance.value).toEqual({ kind: "judged", verdict: "rework" });
    judging.leave();
    await settled();
    expect(server.entry.state).toBe("rework");
  });

  it("that got no answer is told, with the words still there, and can be given again", async () => {
    const judging = await opened(server.person("lee"));
    judging.write({ whole: "Well done.", at: {} });
    server.reachable = false;
    await judging.judge("accepted");
    expect(judging.problem.value?.code).toBe("offline");
    expect(judging.words.value.whole).toBe("Well done.");
    server.reachable = true;
    await judging.judge("accepted");
    expect(judging.problem.value).toBe(null);
    expect(server.verdicts).toHaveLength(1);
  });

  it("is given all the same where only the same person's other tab was left meanwhile", async () => {
    const judging = await opened(server.person("lee"));
    server.change("submitted", "token-lee");
    await judging.judge("accepted");
    expect(judging.stance.value).toEqual({ kind: "judged", verdict: "accepted" });
    expect(server.entry.state).toBe("accepted");
  });

  it("is not given on what was withdrawn, judged, or taken over meanwhile", async () => {
    for (const [to, by] of [
      ["withdrawn", "operator"],
      ["accepted", "token-choi"],
      ["in_review", "token-choi"],
    ] as const) {
      server = new Server();
      const judging = await opened(server.person("lee"));
      server.change(to, by);
      await judging.judge("accepted");
      expect(judging.stance.value).toEqual({ kind: "moved" });
      expect(server.verdicts).toEqual([]);
      expect(server.entry.state).toBe(to);
    }
  });

  it("is not given on a revision that was judged and opened again: the person looks at it anew", async () => {
    const judging = await opened(server.person("lee"));
    server.change("accepted", "token-choi");
    server.change("in_review", "token-choi", "reopened");
    await judging.judge("accepted");
    expect(judging.stance.value).toEqual({ kind: "moved" });
    expect(server.verdicts).toEqual([]);
  });

  it("is not given on a revision that is not the latest any more", async () => {
    const judging = await opened(server.person("lee"));
    server.entry = { ...server.entry, revision: 2 };
    server.change("submitted", "token-page");
    await judging.judge("accepted");
    expect(judging.stance.value).toEqual({ kind: "moved" });
    expect(server.verdicts).toEqual([]);
  });
});

describe("what was accepted", () => {
  it("can be judged anew, and is left to others where it is not", async () => {
    const judging = await opened(server.person("lee"));
    await judging.judge("accepted");
    expect(judging.mayReopen).toBe(true);
    await judging.reopen();
    expect(judging.stance.value).toEqual({ kind: "judging" });
    judging.leave();
    await settled();
    expect(server.entry.state).toBe("submitted");
  });

  it("by others is not reopened by whoever wrote it", async () => {
    server.change("accepted", "token-choi");
    expect((await opened(server.person("kim"))).mayReopen).toBe(false);
  });

  it("and reopened by somebody else meanwhile is told", async () => {
    const judging = await opened(server.person("lee"));
    await judging.judge("accepted");
    server.change("in_review", "token-choi", "reopened");
    await judging.reopen();
    expect(judging.stance.value).toEqual({ kind: "moved" });
  });
});

describe("coming back to the page", () => {
  it("tells what somebody else did meanwhile", async () => {
    const judging = await opened(server.person("lee"));
    server.change("accepted", "token-choi");
    await judging.comeBack();
    expect(judging.stance.value).toEqual({ kind: "moved" });
  });

  it("without a connection changes nothing", async () => {
    const judging = await opened(server.person("lee"));
    server.reachable = false;
    await judging.comeBack();
    expect(judging.stance.value).toEqual({ kind: "judging" });
  });

  it("begins again what the page that was loaded again had ended too late", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    server.change("in_review", "token-lee");
    const judging = await opened(server.person("lee"));
    server.change("submitted", "token-lee");
    await vi.advanceTimersByTimeAsync(3000);
    vi.useRealTimers();
    expect(judging.stance.value).toEqual({ kind: "judging" });
    expect(server.entry.state).toBe("in_review");
  });

  it("from where the browser had put it by, begins the review again", async () => {
    const judging = await opened(server.person("lee"));
    judging.leave();
    await settled();
    await judging.return();
    expect(judging.stance.value).toEqual({ kind: "judging" });
    expect(server.entry.state).toBe("in_review");
  });
});
