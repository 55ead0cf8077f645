// Beside the sentences: the verdict, what is known of the correction, and what was said before.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Problem, problemOf, type Schemas } from "../api/client";
import { Spinner } from "../parts/spinner";
import { Trouble } from "../parts/trouble";
import { may } from "../person";
import { listOfReviews } from "../place";
import { addressOf } from "../route";
import { spoken } from "../words";
import { say } from "../words/review";
import { day, number, whole } from "../work/figures";
import { lasted, shareHeard } from "./facts";
import type { Judging, Verdict } from "./judging";
import { commentsOf, isEmpty } from "./kept";
import { hint } from "./keys";
import type { Looking } from "./looking";
import { nextToReview } from "./reading";

interface Given {
  readonly looking: Looking;
  readonly onVerdict: (verdict: Verdict) => void;
  /** The person wanted to send it back without a word. */
  readonly wordless: boolean;
  readonly onReload: () => void;
}

export function Side({ looking, onVerdict, wordless, onReload }: Given) {
  const { judging } = looking;
  const words = say.value;
  return (
    <aside class="side" aria-label={words.verdict}>
      <section class="block verdict" aria-labelledby="verdict">
        <h2 id="verdict">{words.verdict}</h2>
        <Standing judging={judging} onReload={onReload} />
        {judging.stance.value.kind === "judging" && (
          <VerdictForm judging={judging} onVerdict={onVerdict} wordless={wordless} />
        )}
        {judging.stance.value.kind !== "judging" && <WrittenWhole judging={judging} />}
      </section>
      <section class="block" aria-labelledby="facts">
        <h2 id="facts">{words.facts}</h2>
        <Facts looking={looking} />
      </section>
      <section class="block" aria-labelledby="before">
        <h2 id="before">{words.before}</h2>
        <Reviews looking={looking} />
      </section>
    </aside>
  );
}

function VerdictForm({
  judging,
  onVerdict,
  wordless,
}: {
  judging: Judging;
  onVerdict: (verdict: Verdict) => void;
  wordless: boolean;
}) {
  const words = say.value;
  const written = judging.words.value;
  const busy = judging.busy.value;
  const at = commentsOf(written).length;
  const missing = wordless && isEmpty(written);
  return (
    <>
      {judging.ownButAllowed && <p class="notice small">{words.ownButAllowed}</p>}
      <label class="field">
        <span>{words.whole}</span>
        <textarea
          id="words-whole"
          class="words"
          rows={3}
          maxLength={4000}
          defaultValue={written.whole}
          placeholder={words.wholeHint}
          title={hint("whole")}
          aria-invalid={missing}
          aria-describedby="words-note"
          onInput={(event) => judging.write({ ...judging.words.peek(), whole: event.currentTarget.value })}
        />
      </label>
      <p id="words-note" class="small soft">
        {at > 0 && <span>{words.atSentences(at)}. </span>}
        {judging.unkept.value ? words.unkept : words.kept}
      </p>
      {missing && (
        <p class="small wrong" role="alert">
          {words.needsWords}
        </p>
      )}
      {judging.problem.value && <Trouble problem={judging.problem.value} />}
      <div class="decide">
        <button
          type="button"
          title={hint("sendBack")}
          aria-disabled={busy}
          onClick={() => onVerdict("rework")}
        >
          {words.sendBack}
        </button>
        <button
          type="button"
          class="primary"
          title={hint("accept")}
          aria-disabled={busy}
          onClick={() => onVerdict("accepted")}
        >
          {words.accept}
        </button>
      </div>
      <p class="small soft" role="status">
        {busy ? words.sending : ""}
      </p>
    </>
  );
}

/** How the review stands, where there is no verdict to give. */
function Standing({ judging, onReload }: { judging: Judging; onReload: () => void }) {
  const words = say.value;
  const stance = judging.stance.value;
  const entry = judging.entry.value;
  const ofOwn: Readonly<Record<string, string>> = { ...words.waits, ...words.settled };
  switch (stance.kind) {
    case "judging":
      return null;
    case "own":
      return (
        <>
          <p class="notice">
            {may(judging.person, "review") ? words.own : (ofOwn[entry.state] ?? words.settled.other)}
          </p>
          <Onward judging={judging} />
        </>
      );
    case "other":
      return (
        <>
          <div class="notice">
            <strong>{stance.by === null ? words.other : words.otherBy(stance.by)}</strong> {words.otherTodo}
          </div>
          {judging.problem.value && <Trouble problem={judging.problem.value} />}
          <button type="button" disabled={judging.busy.value} onClick={() => void judging.takeOver()}>
            {words.takeOver}
          </button>
          <Onward judging={judging} />
        </>
      );
    case "settled": {
      const known: Readonly<Record<string, string>> = words.settled;
      const waits = entry.state === "submitted" || entry.state === "in_review";
      return (
        <>
          <p class="notice">
            {waits && !may(judging.person, "review")
              ? words.mayNot
              : (known[entry.state] ?? words.settled.other)}
          </p>
          <Reopen judging={judging} />
          <Onward judging={judging} />
        </>
      );
    }
    case "moved": {
      const known: Readonly<Record<string, string>> = words.moved;
      const newer = entry.revision !== judging.correction.revision;
      return (
        <>
          <div class="notice bad" role="alert">
            <p>
              <strong>{words.movedTitle}</strong>{" "}
              {newer ? words.moved.newer : (known[entry.state] ?? words.moved.other)}
            </p>
            {words.movedTodo}
          </div>
          <button type="button" onClick={onReload}>
            {words.reload}
          </button>
          <Onward judging={judging} />
        </>
      );
    }
    case "judged":
      return (
        <>
          <p class="notice good" role="status">
            <strong>{stance.verdict === "accepted" ? words.accepted : words.sentBack}</strong>
          </p>
          <Onward judging={judging} focused />
          <Reopen judging={judging} />
        </>
      );
  }
}

/** A verdict that was wrong can be taken back. */
function Reopen({ judging }: { judging: Judging }) {
  const words = say.value;
  if (!judging.mayReopen) return null;
  return (
    <>
      {judging.problem.value && <Trouble problem={judging.problem.value} />}
      <button
        type="button"
        title={words.reopenWhy}
        disabled={judging.busy.value}
        onClick={() => void judging.reopen()}
      >
        {words.reopen}
      </button>
    </>
  );
}

/** Where to go from here: the next one that waits, or the list. */
function Onward({ judging, focused = false }: { judging: Judging; focused?: boolean }) {
  const words = say.value;
  const next = useSignal<string | null | undefined>(undefined);
  const problem = useSignal<Problem | null>(null);
  const again = useSignal(0);
  const box = useRef<HTMLDivElement>(null);
  const judges = may(judging.person, "review");
  useEffect(() => {
    if (!judges) return;
    let gone = false;
    problem.value = null;
    nextToReview(judging.person, judging.entry.peek().draft_id).then(
      (found) => {
        if (!gone) next.value = found;
      },
      (error: unknown) => {
        if (!gone) problem.value = problemOf(error);
      },
    );
    return () => {
      gone = true;
    };
  }, [judging, again.value]);
  const known = next.value !== undefined;
  useEffect(() => {
    if (focused && known) box.current?.querySelector("a")?.focus();
  }, [focused, known]);
  if (!judges) {
    return (
      <div class="onward">
        <a class="button quiet" href={addressOf(listOfReviews(judging.person))}>
          {words.toList}
        </a>
      </div>
    );
  }
  if (problem.value) return <Trouble problem={problem.value} onRetry={() => void again.value++} />;
  if (!known) return <Spinner label={words.searching} seen />;
  return (
    <div class="onward" ref={box}>
      {next.value ? (
        <a class={`button ${focused ? "primary" : ""}`} href={addressOf({ at: "review", id: next.value })}>
          {words.nextOne}
        </a>
      ) : (
        <p class="soft">{words.noNext}</p>
      )}
      <a class="button quiet" href={addressOf({ at: "reviews" })}>
        {words.toList}
      </a>
    </div>
  );
}

/** What was written on the whole, where it cannot be sent any more. */
function WrittenWhole({ judging }: { judging: Judging }) {
  const { whole: written } = judging.words.value;
  if (written.trim() === "" || judging.stance.value.kind === "judged") return null;
  return (
    <label class="field">
      <span>{say.value.whole}</span>
      <textarea class="words" rows={3} readOnly value={written} />
    </label>
  );
}

function Facts({ looking }: { looking: Looking }) {
  const words = say.value;
  const { judging } = looking;
  const { material, correction } = judging;
  const { score, draft } = material;
  const language = spoken.value;
  const entry = judging.entry.value;
  const length = draft.unit.end - draft.unit.start;
  const handed = material.submissions.at(-1);
  const heard = shareHeard(correction.played, draft.unit);
  const percent = (share: number | null, digits = 0): string =>
    share === null
      ? words.unknown
      : new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: digits }).format(share);
  const of = (count: number): string =>
    words.ofAll(count, percent(correction.sentences.length > 0 ? count / correction.sentences.length : null));
  const difficulty = (value: number | null): string =>
    value === null ? words.unknown : whole(value, language);
  const facts: readonly (readonly [name: string, told: string, why?: string])[] = [
    [words.correctedBy, correction.worker],
    ...(handed ? [[words.handedIn, day(handed.at, language, new Date())] as const] : []),
    [
      words.difficulty,
      words.difficultyOf(difficulty(score?.difficulty ?? null), difficulty(entry.difficulty)),
    ],
    [
      words.lead,
      words.leadOf(
        lasted(correction.lead_time),
        length > 0 ? number(correction.lead_time / length, language) : words.unknown,
      ),
    ],
    [words.heard, percent(heard)],
    [words.sentencesOf, whole(correction.sentences.length, language)],
    ...(score
      ? ([
          [words.unchanged, of(score.unchanged_sentences)],
          [words.unreadOf, of(score.unread_sentences), words.unreadWhy],
          [words.retypeOf, of(score.retype_sentences), words.retypeWhy],
          [words.takenOut, whole(score.removed.length, language)],
          [words.contentRate, percent(score.cer, 1), words.contentRateWhy],
        ] as const)
      : []),
  ];
  return (
    <dl class="figures">
      {facts.map(([name, told, why]) => (
        <div key={name} title={why}>
          <dt>{name}</dt>
          <dd>{told}</dd>
        </div>
      ))}
    </dl>
  );
}

function Reviews({ looking }: { looking: Looking }) {
  const words = say.value;
  const { reviews } = looking.judging.material;
  if (reviews.length === 0) return <p class="soft">{words.nothingBefore}</p>;
  return (
    <>
      {[...reviews].reverse().map((review) => (
        <ReviewSaid key={`${review.revision} ${review.at}`} looking={looking} review={review} />
      ))}
    </>
  );
}

function ReviewSaid({ looking, review }: { looking: Looking; review: Schemas["ReviewEntry"] }) {
  const words = say.value;
  return (
    <article class="earlier">
      <h3>{words.reviewOf(review.revision, words.verdicts[review.verdict])}</h3>
      <p class="small soft">
        {review.reviewer}, {day(review.at, spoken.value, new Date())}
      </p>
      {review.comment && <p class="wrap">{review.comment}</p>}
      <ul class="jumps">
        {review.comments.map((comment) => {
          const line = lineOfPast(looking, review.revision, comment.sentence);
          return (
            <li key={`${comment.sentence} ${comment.text}`}>
              <button type="button" disabled={line === null} onClick={() => looking.goTo(line)}>
                <b>{words.atSentence(comment.sentence + 1)}</b> {comment.text}
              </button>
            </li>
          );
        })}
      </ul>
    </article>
  );
}

/** The line in which a sentence of a revision is shown now; null where nothing is left of it, or it is not known. */
export function lineOfPast(looking: Looking, revision: number, sentence: number): string | null {
  if (revision === looking.judging.correction.revision) return looking.lineOf(sentence)?.key ?? null;
  const row = looking.judging.compared.value.get(revision)?.rows.find((one) => one.from.includes(sentence));
  if (!row) return null;
  if (row.index !== null) return looking.lineOf(row.index)?.key ?? null;
  return looking.lines.value.find((line) => line.was.get(revision) === row)?.key ?? null;
}
