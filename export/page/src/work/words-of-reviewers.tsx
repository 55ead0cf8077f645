// What reviewers said of a draft.

import { useEffect, useState } from "preact/hooks";
import { ask, type Entry, Problem, type Schemas } from "../api/client";
import { Spinner } from "../parts/spinner";
import { Trouble } from "../parts/trouble";
import type { Person } from "../person";
import { spoken } from "../words";
import { say } from "../words/work";
import { day } from "./figures";
import "./words-of-reviewers.css";

type Review = Schemas["ReviewEntry"];

/** More are read where the sentences are. */
const SENTENCES_SHOWN = 3;

/** What was said at the last review of `entry`. */
export function ReviewerWords({ who, entry }: { who: Person; entry: Entry }) {
  const [reviews, setReviews] = useState<readonly Review[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [tries, setTries] = useState(0);
  const { draft_id, version } = entry;
  useEffect(() => {
    const abort = new AbortController();
    setProblem(null);
    ask(
      who.api.GET("/v1/drafts/{draft_id}/reviews", { params: { path: { draft_id } }, signal: abort.signal }),
    ).then(
      (given) => setReviews(given.reviews),
      (error: unknown) => {
        if (error instanceof Problem) setProblem(error);
        else if (!abort.signal.aborted) throw error;
      },
    );
    return () => abort.abort();
  }, [who.api, draft_id, version, tries]);

  if (problem) return <Trouble problem={problem} onRetry={() => setTries(tries + 1)} />;
  if (!reviews) return <Spinner label={say.value.loading} />;
  const review = reviews.at(-1);
  return review ? <Said review={review} /> : <p class="soft small">{say.value.noWords}</p>;
}

function Said({ review }: { review: Review }) {
  const words = say.value;
  const { comment, comments, reviewer, at } = review;
  const further = comments.length - SENTENCES_SHOWN;
  return (
    <figure class="said">
      <figcaption class="soft small">
        {words.reviewerSays(reviewer, day(at, spoken.value, new Date()))}
      </figcaption>
      {comment && (
        <blockquote class="wrap" dir="auto">
          {comment}
        </blockquote>
      )}
      {comments.length > 0 && (
        <ul class="small">
          {comments.slice(0, SENTENCES_SHOWN).map((one) => (
            <li key={`${one.sentence} ${one.text}`} class="wrap">
              <span class="soft">{words.sentenceSays(one.sentence + 1)}</span>{" "}
              <span dir="auto">{one.text}</span>
            </li>
          ))}
          {further > 0 && <li class="soft">{words.moreSentences(further)}</li>}
        </ul>
      )}
      {!comment && comments.length === 0 && <p class="soft small">{words.noWords}</p>}
    </figure>
  );
}
