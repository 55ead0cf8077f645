// The few calls of the API that keeping makes, as docs/platform.md describes them, in memory.

import createClient from "openapi-fetch";
import { vi } from "vitest";
import type { Correction, Draft, Entry, Schemas, State } from "../../src/api/client";
import type { paths } from "../../src/api/schema";
import type { Person } from "../../src/person";

export const ID = "0123456789abcdef".repeat(2);

interface Stored {
  version: number;
  revision: number;
  saved_at: string;
  body: string;
  document: unknown;
}

interface Kept {
  state: State;
  version: number;
  revision: number;
  worker: string | null;
  holder: string | null;
  lease: string | null;
  until: number;
  last: string | null;
}

type Fault = "lost before" | "lost after" | 503 | 401 | 409 | 413;

/** What one request is, as faults are told of it: `PUT working-copy`, `POST leases`. */
export type Call = string;

const LEASED_MS = 300_000;

export class Server {
  readonly calls: Call[] = [];
  readonly drafts = new Map<string, Kept>();
  readonly submissions = new Map<string, Correction[]>();
  readonly copies = new Map<string, Stored>();
  reviews: Schemas["ReviewEntry"][] = [];
  /** The server's own clock, which is not that of the page. */
  now = Date.parse("2026-11-26T10:00:00Z");
  down = false;
  forgotten = false;
  private faults: { call: Call; fault: Fault }[] = [];
  private readonly answers = new Map<string, { status: number; body: unknown }>();
  private tokens = 0;
  private readonly badTokens = new Set<string>();
  private readonly started = performance.now();

  constructor() {
    this.add(ID);
  }

  add(id: string, more: Partial<Kept> = {}): void {
    const empty = { version: 1, revision: 0, worker: null, holder: null, lease: null, until: 0, last: null };
    this.drafts.set(id, { state: "ready", ...empty, ...more });
  }

  draft(id = ID): Kept {
    const found = this.drafts.get(id);
    if (!found) throw new Error(`there is no draft ${id}`);
    return found;
  }

  /** What happens to the next request of this kind, or to so many. */
  fail(call: Call, fault: Fault, times = 1): void {
    for (let one = 0; one < times; one++) this.faults.push({ call, fault });
  }

  revoke(token: string): void {
    this.badTokens.add(token);
  }

  /** `step` is awaited before each request and before each answer. */
  person(worker = "kim", token = `token of ${worker}`, step: () => Promise<void> = async () => {}): Person {
    const api = createClient<paths>({
      baseUrl: "http://server",
      headers: { Authorization: `Bearer ${token}` },
      fetch: async (request) => {
        await step();
        const answer = await this.answer(request);
        await step();
        return answer;
      },
    });
    const me = {
      name: token,
      platform: "page",
      worker,
      scopes: ["read", "lease", "submit"],
      expires_at: null,
    };
    return { api, token, worker, me } as unknown as Person;
  }

  /** What somebody else does: takes the draft, and so on. */
  alter(more: Partial<Kept>, id = ID): void {
    const draft = this.draft(id);
    this.drafts.set(id, { ...draft, ...more, version: draft.version + 1 });
  }

  counted(call: Call): number {
    return this.calls.filter((one) => one === call).length;
  }

  copy(worker = "kim", id = ID): Stored | undefined {
    return this.copies.get(`${id} ${worker}`);
  }

  private async answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const [, , kind = "", id = "", part = "", number = ""] = pathname.split("/");
    const call = `${request.method} ${part || kind}`;
    const place = this.faults.findIndex((one) => one.call === call);
    const fault = place < 0 ? null : this.faults.splice(place, 1)[0]?.fault;
    const text = await request.text();
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (this.down || fault === "lost before") throw new TypeError("Failed to fetch");
    this.calls.push(call);
    if (fault === 503) return problem(503, "unavailable");
    if (fault === 413) return problem(413, "too_large");
    if (fault === 409) return problem(409, "language");
    const token = request.headers.get("Authorization")?.replace("Bearer ", "") ?? "";
    if (fault === 401 || this.badTokens.has(token)) return problem(401, "unauthorized");
    this.expire();
    const body = text ? JSON.parse(text) : {};
    const worker = token.replace(/^.*token of /, "");
    const given = this.once(request, pathname, text, () => {
      if (kind === "leases") return this.lease(body);
      if (kind === "projects") return problem(404, "not_found");
      if (kind === "drafts" && id === "") return json(200, { drafts: [], next: null });
      const draft = this.forgotten ? undefined : this.drafts.get(id);
      if (part === "working-copy") {
        const of = searchParams.get("worker") ?? body.worker ?? worker;
        return this.workingCopy(request, id, of, draft, text, body);
      }
      if (!draft) return problem(404, "not_found");
      return this.ofDraft(request.method, id, draft, part, number, body);
    });
    const answer = await given;
    if (fault === "lost after") throw new TypeError("Failed to fetch");
    return answer;
  }

  private async once(request: Request, path: string, text: string, make: () => Response): Promise<Response> {
    const key = request.headers.get("Idempotency-Key");
    if (key === null) return make();
    const name = `${path} ${key} ${text}`;
    const known = this.answers.get(name);
    if (known) return json(known.status, known.body);
    const answer = make();
    if (answer.ok) this.answers.set(name, { status: answer.status, body: await answer.clone().json() });
    return answer;
  }

  private time(): number {
    return this.now + performance.now() - this.started;
  }

  private expire(): void {
    for (const [id, draft] of this.drafts) {
      if (draft.state === "leased" && draft.until < this.time()) {
        this.alter({ state: "ready", worker: null, lease: null }, id);
      }
    }
  }

  private lease(body: Schemas["LeaseRequest"]): Response {
    const id = body.draft_id ?? [...this.drafts].find(([, draft]) => draft.state === "ready")?.[0];
    if (id === undefined) return json(200, { leases: [] });
    if (this.forgotten || !this.drafts.has(id)) return problem(404, "not_found");
    if (this.draft(id).state !== "ready") return problem(409, "state");
    this.tokens += 1;
    const lease = `lease ${this.tokens}`;
    const until = this.time() + LEASED_MS;
    const worker = body.worker ?? null;
    this.alter({ state: "leased", lease, last: lease, until, worker, holder: "page" }, id);
    return json(200, { leases: [{ lease_token: lease, draft: this.entry(id) }] });
  }

  private ofDraft(
    method: string,
    id: string,
    draft: Kept,
    part: string,
    number: string,
    body: { lease_token?: string } & Partial<Correction>,
  ): Response {
    const proven = body.lease_token === draft.last;
    const submitted = this.submissions.get(id) ?? [];
    switch (`${method} ${part}`) {
      case "GET ":
        return json(200, this.entry(id));
      case "GET document":
        return json(200, DRAFT);
      case "GET reviews":
        return json(200, { reviews: this.reviews });
      case "GET submissions":
        return json(200, submitted[Number(number) - 1]);
      case "POST renew":
        if (!proven || draft.state !== "leased") return problem(409, proven ? "state" : "lease_lost");
        this.alter({ until: this.time() + LEASED_MS }, id);
        return json(200, this.entry(id));
      case "POST ack":
        if (proven && ["delivered", "submitted", "rework"].includes(draft.state))
          return json(200, this.entry(id));
        if (!proven || draft.state !== "leased") return problem(409, "lease_lost");
        this.alter({ state: "delivered", lease: null }, id);
        return json(200, this.entry(id));
      case "POST nack":
        if (proven && draft.state === "ready") return json(200, this.entry(id));
        if (!proven || draft.state !== "leased") return problem(409, "lease_lost");
        this.alter({ state: "ready", lease: null, worker: null }, id);
        return json(200, this.entry(id));
      case "POST transitions":
        if (!["delivered", "rework"].includes(draft.state)) return problem(409, "state");
        this.alter({ state: "ready", worker: null }, id);
        return json(200, this.entry(id));
      case "POST submissions":
        return this.submit(id, draft, submitted, body as Correction);
      default:
        return problem(404, "not_found");
    }
  }

  private submit(id: string, draft: Kept, submitted: Correction[], correction: Correction): Response {
    const known = submitted[correction.revision - 1];
    if (known && JSON.stringify(known) === JSON.stringify(correction) && draft.state !== "delivered") {
      return json(200, { draft: this.entry(id), replayed: true });
    }
    if (draft.worker !== correction.worker) return problem(409, "not_yours");
    if (correction.revision !== draft.revision + 1) return problem(409, "revision");
    if (!["delivered", "rework", "submitted"].includes(draft.state)) return problem(409, "state");
    if (correction.sentences.some((one) => one.text === "")) return problem(422, "bad_document");
    this.submissions.set(id, [...submitted, correction]);
    this.copies.delete(`${id} ${correction.worker}`);
    this.alter({ state: "submitted", revision: correction.revision, worker: correction.worker }, id);
    return json(201, { draft: this.entry(id), replayed: false });
  }

  private workingCopy(
    request: Request,
    id: string,
    worker: string,
    draft: Kept | undefined,
    text: string,
    body: { revision?: number; document?: unknown },
  ): Response {
    const name = `${id} ${worker}`;
    const found = this.copies.get(name);
    if (request.method === "GET") {
      if (!found) return problem(404, "not_found");
      return json(200, { draft_id: id, worker, ...found });
    }
    if (!draft) return problem(404, "not_found");
    const match = request.headers.get("If-Match");
    const wanted = match === null ? 0 : Number(match.replace(/\D/g, ""));
    const current = found?.version ?? 0;
    if (found && current === wanted + 1 && found.body === text)
      return json(200, { draft_id: id, worker, ...found });
    if (!["leased", "delivered", "rework"].includes(draft.state)) return problem(409, "state");
    if (draft.worker !== worker || draft.holder !== "page") return problem(409, "not_yours");
    if (current !== wanted) return problem(412, "stale_version");
    const saved = {
      version: current + 1,
      revision: body.revision ?? 0,
      saved_at: new Date(this.time()).toISOString(),
      body: text,
      document: body.document,
    };
    this.copies.set(name, saved);
    return json(200, { draft_id: id, worker, ...saved });
  }

  entry(id = ID): Entry {
    const { state, version, revision, worker, holder, until } = this.draft(id);
    const unit = { index: 0, count: 1, start: 0, end: 600 };
    const leased_until = state === "leased" ? new Date(until).toISOString() : null;
    const made = { draft_id: id, project: "default", recording_id: "r", fingerprint: "f", unit };
    return { ...made, state, version, revision, worker, holder, leased_until } as unknown as Entry;
  }
}

export const DRAFT = {
  schema: "prelabel.draft/1",
  draft_id: ID,
  project: "default",
  language: "ko",
  unit: { index: 0, count: 1, start: 0, end: 600 },
  sentences: [
    { id: "0001", start: 1, end: 2, speaker: "S1", text: "안녕하세요", words: [], flags: [] },
    { id: "0002", start: 3, end: 4, speaker: "S2", text: "네", words: [], flags: [] },
  ],
} as unknown as Draft;

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
}

function problem(status: number, code: string): Response {
  return json(status, { type: `urn:prelabel:problem:${code}`, status, title: code, detail: "", fix: "" });
}

/** Let so many seconds pass, and all that is to happen in them. */
export async function pass(seconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(seconds * 1000);
}
