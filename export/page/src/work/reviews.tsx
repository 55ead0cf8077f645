// The corrections that wait for a judgement, or a random part of them.

import { useEffect, useRef, useState } from "preact/hooks";
import { ask, type Entry, Problem } from "../api/client";
import { Empty } from "../parts/empty";
import { Spinner } from "../parts/spinner";
import { Tag } from "../parts/tag";
import { Trouble } from "../parts/trouble";
import type { Person } from "../person";
import { addressOf } from "../route";
import { passing } from "../storage";
import { say } from "../words/work";
import { nameOf } from "./figures";
import {
  ALL_REVIEWS,
  ordered,
  REVIEW_STATES,
  REVIEWS_KEPT,
  type ReviewFilter,
  reviewQuery,
  SAMPLES,
} from "./filters";
import { useListing, useShown } from "./fresh";
import { kept } from "./kept";
import { Foot } from "./list";
import { projects } from "./next";
import {
  ChoiceField,
  DifficultyField,
  DifficultyShown,
  DraftName,
  Head,
  LanguageField,
  languageName,
  Minutes,
  OrderField,
  StateTag,
  TextField,
} from "./pieces";
import "./page.css";
import "./reviews.css";

const filter = kept<ReviewFilter>(passing, "prelabel.review-list", ALL_REVIEWS);

export function ReviewsPage({ who }: { who: Person }) {
  const words = say.value;
  const chosen = filter.value;
  const query = reviewQuery(ordered(chosen) ? chosen : { ...chosen, difficulty: "any" });
  const list = useListing(who.api, query);
  const entries = useShown(list);
  const asked = JSON.stringify({ ...query, state: undefined });
  useEffect(() => passing.setItem(REVIEWS_KEPT, asked), [asked]);

  const next = entries?.find((one) => one.state === "submitted" && one.worker !== who.worker);
  const button = useRef<HTMLAnchorElement>(null);
  const ready = next !== undefined;
  useEffect(() => {
    if (ready && document.activeElement === document.body) button.current?.focus({ preventScroll: true });
  }, [ready]);

  const change = (changed: Partial<ReviewFilter>) => {
    filter.value = { ...filter.value, ...changed };
  };
  const changed = JSON.stringify(chosen) !== JSON.stringify(ALL_REVIEWS);
  const problem = list.problem.value;
  return (
    <main id="content" tabIndex={-1} class="page">
      <UnderReview who={who} />
      <section class="card list" aria-labelledby="reviews">
        <div class="reviews-head">
          <div>
            <h1 id="reviews">{words.reviews}</h1>
            <p class="soft">{words.reviewsWhy}</p>
          </div>
          {next && (
            <a class="button primary big" ref={button} href={addressOf({ at: "review", id: next.draft_id })}>
              {words.reviewNext}
            </a>
          )}
        </div>
        <search class="filters">
          <TextField
            class="grow"
            kind="search"
            label={words.search}
            hint={words.searchHint}
            value={chosen.search}
            most={200}
            onChange={(search) => change({ search })}
          />
          <TextField
            label={words.project}
            hint={words.anyProject}
            value={chosen.project}
            known={projects.value}
            onChange={(project) => change({ project })}
          />
          <LanguageField chosen={chosen.language} onChoose={(language) => change({ language })} />
          <TextField
            label={words.worker}
            hint={words.anyone}
            value={chosen.worker}
            most={128}
            onChange={(worker) => change({ worker })}
          />
          <DifficultyField bounds={chosen} onChange={change} />
          <ChoiceField
            name={words.sample}
            chosen={chosen.sample}
            why={words.sampleWhy}
            choices={SAMPLES.map((sample) => [
              sample,
              sample === 100 ? words.samples.all : words.samples.part(sample),
            ])}
            onChoose={(sample) => change({ sample })}
          />
          <ChoiceField
            name={words.state}
            chosen={chosen.state}
            choices={REVIEW_STATES.map((state) => [state, words.reviewStates[state]])}
            onChoose={(state) => change({ state })}
          />
          <OrderField chosen={chosen.order} onChoose={(order) => change({ order })} />
          {changed && (
            <button
              type="button"
              class="quiet"
              onClick={() => {
                filter.value = ALL_REVIEWS;
              }}
            >
              {words.reset}
            </button>
          )}
        </search>
        {chosen.sample < 100 && <p class="soft small why">{words.sampleWhy}</p>}
        {problem && <Trouble problem={problem} onRetry={() => void list.again()} />}
        {!entries && !problem && <Spinner label={words.loading} seen />}
        {entries?.length === 0 &&
          (chosen.state === "submitted" ? (
            <Empty title={words.emptyReviews} todo={words.emptyReviewsTodo} />
          ) : (
            <Empty title={words.emptyList} todo={words.emptyListTodo} />
          ))}
        {entries && entries.length > 0 && (
          <ReviewTable
            who={who}
            entries={entries}
            caption={words.reviewsWhy}
            busy={list.entries.value === null}
          />
        )}
        <Foot
          count={entries?.length ?? null}
          further={list.further.value}
          busy={list.busy.value}
          onMore={list.more}
        />
      </section>
    </main>
  );
}

/** The reviews that this person began and has not ended. */
function UnderReview({ who }: { who: Person }) {
  const list = useListing(who.api, { state: ["in_review"] });
  const [mine, setMine] = useState<readonly Entry[]>([]);
  const inReview = list.entries.value;
  useEffect(() => {
    const abort = new AbortController();
    // The entry does not say who reviews; its history does.
    Promise.all((inReview ?? []).map((entry) => begunBy(who, entry, abort.signal))).then(
      (begun) => setMine((inReview ?? []).filter((_, place) => begun[place] === who.me.name)),
      (error: unknown) => {
        // What the list below says of it is enough.
        if (!(error instanceof Problem) && !abort.signal.aborted) throw error;
      },
    );
    return () => abort.abort();
  }, [who, inReview]);
  if (mine.length === 0) return null;
  return (
    <section class="card list" aria-labelledby="under-review">
      <h2 id="under-review">{say.value.underReview}</h2>
      <ReviewTable who={who} entries={mine} caption={say.value.underReview} goOn />
    </section>
  );
}

async function begunBy(who: Person, entry: Entry, signal: AbortSignal): Promise<string | null> {
  const { draft_id } = entry;
  const { events } = await ask(
    who.api.GET("/v1/drafts/{draft_id}/events", { params: { path: { draft_id } }, signal }),
  );
  return events.findLast((event) => event.to === "in_review")?.by ?? null;
}

interface Given {
  readonly who: Person;
  readonly entries: readonly Entry[];
  readonly caption: string;
  readonly busy?: boolean;
  /** This person began these. */
  readonly goOn?: boolean;
}

function ReviewTable({ who, entries, caption, busy = false, goOn = false }: Given) {
  return (
    <div class="rows" aria-busy={busy}>
      <table>
        <caption class="hidden">{caption}</caption>
        <Head columns={["name", "worker", "language", "minutes", "difficulty", "revision", "action"]} />
        <tbody>
          {entries.map((entry) => (
            <OneToReview key={entry.draft_id} who={who} entry={entry} goOn={goOn} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function OneToReview({ who, entry, goOn }: { who: Person; entry: Entry; goOn: boolean }) {
  const words = say.value;
  const own = entry.worker === who.worker;
  const toDo = goOn ? words.goOnReviewing : entry.state === "submitted" && !own ? words.review : words.look;
  return (
    <tr>
      <th scope="row">
        <DraftName entry={entry}>
          <div class="soft small facts tight">
            <span>{entry.worker}</span>
            <span>{languageName(entry.language)}</span>
            <Minutes entry={entry} />
          </div>
          <div class="tight">
            <DifficultyShown entry={entry} />
          </div>
          <div class="soft small facts">
            <span>{entry.project}</span>
            {entry.revision > 1 && <span class="tight">{words.revisionOf(entry.revision)}</span>}
            {own && (
              <Tag tone="alert" why={words.yoursWhy}>
                {words.yours}
              </Tag>
            )}
            {!goOn && entry.state !== "submitted" && (
              <StateTag entry={{ ...entry, worker: null }} me={who.worker} />
            )}
          </div>
        </DraftName>
      </th>
      <td class="roomy">
        <span class="person wrap">{entry.worker}</span>
      </td>
      <td class="roomy">{languageName(entry.language)}</td>
      <td class="roomy right">
        <Minutes entry={entry} />
      </td>
      <td class="roomy">
        <DifficultyShown entry={entry} />
      </td>
      <td class="roomy num">{words.revisionOf(entry.revision)}</td>
      <td class="last">
        <a
          class={`button ${toDo === words.look ? "quiet" : ""}`}
          href={addressOf({ at: "review", id: entry.draft_id })}
          aria-label={words.openNamed(toDo, nameOf(entry))}
        >
          {toDo}
        </a>
      </td>
    </tr>
  );
}
