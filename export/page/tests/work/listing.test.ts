import { expect, it } from "vitest";
import type { Api, Entry } from "../../src/api/client";
import { listing } from "../../src/work/listing";

type Asked = { limit: number; after?: string };

/** An API whose list has the drafts of `ids` now; cursors are places. */
function served(ids: () => readonly string[], failing: () => boolean = () => false) {
  const asked: Asked[] = [];
  const GET = async (_: string, { params, signal }: { params: { query: Asked }; signal: AbortSignal }) => {
    const { limit, after } = params.query;
    asked.push({ limit, ...(after ? { after } : {}) });
    await Promise.resolve();
    if (signal.aborted) throw new DOMException("", "AbortError");
    if (failing())
      return {
        error: { type: "urn:prelabel:problem:unavailable" },
        response: new Response(null, { status: 503 }),
      };
    const from = Number(after ?? 0);
    const drafts = ids()
      .slice(from, from + limit)
      .map((draft_id) => ({ draft_id }) as Entry);
    const next = from + limit < ids().length ? String(from + limit) : null;
    return { data: { drafts, next }, response: new Response(null, { status: 200 }) };
  };
  return { api: { GET } as unknown as Api, asked };
}

const named = (count: number) => Array.from({ length: count }, (_, place) => `d${place}`);
const shown = (list: ReturnType<typeof listing>) => list.entries.value?.map((one) => one.draft_id);

it("a list begins with a page and grows by one at a time, to the end", async () => {
  const list = listing(served(() => named(120)).api, {});
  expect(list.entries.value).toBeNull();
  await list.again();
  expect(shown(list)).toEqual(named(120).slice(0, 50));
  expect(list.further.value).toBe(true);
  await list.more();
  await list.more();
  expect(shown(list)).toEqual(named(120));
  expect(list.further.value).toBe(false);
});

it("bringing a list up to date keeps its length", async () => {
  let ids = named(120);
  const list = listing(served(() => ids).api, {});
  await list.again();
  await list.more();
  ids = ids.slice(1);
  await list.again();
  expect(shown(list)).toEqual(ids.slice(0, 100));
});

it("as many as are wanted at least are asked for in as few pages as the server allows", async () => {
  const { api, asked } = served(() => named(1000));
  const list = listing(api, {}, 500);
  await list.again();
  expect(list.entries.value).toHaveLength(500);
  expect(asked.map((one) => one.limit)).toEqual([200, 200, 100]);
});

it("a draft that comes twice, because the list moved, is shown once", async () => {
  let ids = named(60);
  const list = listing(served(() => ids).api, {});
  await list.again();
  ids = ["new", ...ids];
  await list.more();
  expect(new Set(shown(list)).size).toBe(shown(list)?.length);
});

it("a failure leaves what was there, and trying again takes it away", async () => {
  let fails = false;
  const list = listing(
    served(
      () => named(3),
      () => fails,
    ).api,
    {},
  );
  await list.again();
  fails = true;
  await list.again();
  expect(list.problem.value?.code).toBe("unavailable");
  expect(shown(list)).toEqual(named(3));
  expect(list.busy.value).toBe(false);
  fails = false;
  await list.again();
  expect(list.problem.value).toBeNull();
});

it("an answer that nobody waits for any more changes nothing", async () => {
  const list = listing(served(() => named(3)).api, {});
  const asking = list.again();
  list.stop();
  await asking;
  expect(list.entries.value).toBeNull();
  expect(list.problem.value).toBeNull();
});

it("only the latest of two requests counts", async () => {
  const { api, asked } = served(() => named(3));
  const list = listing(api, {});
  await Promise.all([list.again(), list.again()]);
  expect(asked).toHaveLength(2);
  expect(shown(list)).toEqual(named(3));
  expect(list.busy.value).toBe(false);
});
