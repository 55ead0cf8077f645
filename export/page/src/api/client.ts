// The public API, by the types that its own description gives. Everything that this page knows comes from there.

import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Entry = Schemas["DraftEntry"];
export type Draft = Schemas["Draft"];
export type DraftSentence = Schemas["Sentence"];
export type DraftWord = Schemas["Word"];
export type Correction = Schemas["Correction"];
export type CorrectedSentence = Schemas["CorrectedSentence"];
export type State = Schemas["State"];
export type Language = "ko" | "en" | "zh" | "ja";

export const LANGUAGES: readonly Language[] = ["ko", "en", "zh", "ja"];

/** An answer of the server that is not what was asked for: a problem document, or none at all (status 0). */
export class Problem extends Error {
  constructor(
    /** HTTP status; 0: no answer came, so nobody knows whether the request arrived. */
    readonly status: number,
    /** The last part of the problem's `type`, such as `lease_lost`; `offline` where no answer came. */
    readonly code: string,
    readonly detail: string,
    readonly fix: string,
  ) {
    super(detail);
    this.name = "Problem";
  }

  /** Whether the same request may be sent again after a while: no answer, 5xx, or too many at once. */
  get passing(): boolean {
    return this.status === 0 || this.status >= 500 || this.status === 429;
  }
}

export type Api = ReturnType<typeof createClient<paths>>;

/** A client that sends `token` with every request. */
export function apiOf(token: string): Api {
  return createClient<paths>({
    baseUrl: location.origin,
    headers: { Authorization: `Bearer ${token}` },
    cache: "no-store",
  });
}

/** What a request came to. Raises Problem where the answer is not 2xx, or where there is none. */
export async function ask<Data>(
  request: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  return (await answered(request)).data;
}

/** As `ask`, with the ETag that came with it. */
export async function answered<Data>(
  request: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<{ data: Data; etag: string }> {
  let given: { data?: Data; error?: unknown; response: Response };
  try {
    given = await request;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, "offline", error instanceof Error ? error.message : String(error), "");
  }
  if (!given.response.ok) throw readProblem(given.response.status, given.error);
  return { data: given.data as Data, etag: given.response.headers.get("ETag") ?? "" };
}

/** Whatever went wrong, as a problem: what is none of the server's is a mistake of this page. */
export function problemOf(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(500, "crashed", String(error), "");
}

function readProblem(status: number, document: unknown): Problem {
  const told = (typeof document === "object" && document !== null ? document : {}) as Record<string, unknown>;
  const text = (name: string): string => (typeof told[name] === "string" ? (told[name] as string) : "");
  const code = text("type").split(":").at(-1) || "unknown";
  return new Problem(status, code, [text("title"), text("detail")].filter(Boolean).join(": "), text("fix"));
}
