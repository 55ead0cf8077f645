// What stands beside a draft and is only looked at: the project, and the sentences beyond the ends of the unit.

import {
  type Api,
  ask,
  type CorrectedSentence,
  type DraftSentence,
  type Entry,
  Problem,
} from "../api/client";
import type { Neighbour, Project } from "./work";

/** Who has these drafts out of the way: their text is nobody's context. */
const OUT: readonly Entry["state"][] = ["superseded", "withdrawn", "withheld", "dead"];

/** How the project wants text to be written; null: there is no file of it. Raises Problem. */
export async function projectOf(api: Api, name: string): Promise<Project | null> {
  try {
    return await ask(api.GET("/v1/projects/{name}", { params: { path: { name } } }));
  } catch (error) {
    if (error instanceof Problem && error.code === "not_found") return null;
    throw error;
  }
}

/** The last sentence of the unit before and the first one of the unit after, as they stand now. Raises Problem. */
export async function neighboursOf(
  api: Api,
  entry: Entry,
): Promise<{ readonly before: Neighbour | null; readonly after: Neighbour | null }> {
  const { index, count } = entry.unit;
  if (count < 2) return { before: null, after: null };
  const query = { recording: entry.recording_id, project: entry.project, limit: 200 };
  const { drafts } = await ask(api.GET("/v1/drafts", { params: { query } }));
  const beside = (place: number): Entry | undefined => {
    const there = drafts.filter((one) => one.unit.index === place && !OUT.includes(one.state));
    return there.find((one) => one.fingerprint === entry.fingerprint) ?? there.at(-1);
  };
  const [before, after] = await Promise.all(
    [beside(index - 1), beside(index + 1)].map((one) => (one ? sentencesOf(api, one) : [])),
  );
  return { before: shown(before?.at(-1)), after: shown(after?.[0]) };
}

async function sentencesOf(
  api: Api,
  { draft_id, revision }: Entry,
): Promise<readonly (DraftSentence | CorrectedSentence)[]> {
  const path = { draft_id };
  const document =
    revision > 0
      ? ask(
          api.GET("/v1/drafts/{draft_id}/submissions/{revision}", {
            params: { path: { draft_id, revision } },
          }),
        )
      : ask(api.GET("/v1/drafts/{draft_id}/document", { params: { path } }));
  return (await document).sentences;
}

function shown(sentence: DraftSentence | CorrectedSentence | undefined): Neighbour | null {
  if (!sentence) return null;
  const { start, end, speaker, text } = sentence;
  return { start, end, speaker, text };
}
