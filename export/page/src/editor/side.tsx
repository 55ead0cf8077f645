// Beside the sentences: the guideline, what is to be checked, what the reviewer said, what was removed.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Language } from "../api/client";
import { appliesTo } from "../document/checks";
import type { Guideline } from "../keeping/work";
import { type Tab, Tabs } from "../parts/tabs";
import { clock } from "../times";
import { say } from "../words/editor";
import { draftFlag, sentenceFlag } from "../words/flags";
import type { Bench } from "./bench";
import { saidOf } from "./findings";
import { Aside } from "./keeping";
import { hint } from "./tools";

type Shown = "guideline" | "found" | "said" | "removedOnes";

export function Side({ bench }: { bench: Bench }) {
  const words = say.value;
  const { desk, work } = bench;
  const { rows, removed } = desk.doc.value;
  const toCheck = rows.map((_, place) => place).filter((place) => bench.toCheck(place));
  const said = work.reviews.length;
  const chosen = useSignal<Shown>(said > 0 ? "said" : "guideline");
  const counted = (count: number): string | null => (count > 0 ? String(count) : null);
  const tabs: readonly Tab<Shown>[] = [
    ...(said > 0 ? [{ name: "said" as const, label: words.said, count: counted(said), urgent: true }] : []),
    { name: "guideline", label: words.guideline, count: null },
    { name: "found", label: words.found, count: counted(toCheck.length) },
    { name: "removedOnes", label: words.removedOnes, count: counted(removed.length) },
  ];
  return (
    <section class="side" aria-label={words.beside}>
      <Tabs
        label={words.beside}
        tabs={tabs}
        chosen={chosen.value}
        onChoose={(name) => {
          chosen.value = name;
        }}
      >
        {chosen.value === "guideline" && <GuidelinePanel bench={bench} />}
        {chosen.value === "found" && <FoundPanel bench={bench} places={toCheck} />}
        {chosen.value === "said" && <SaidPanel bench={bench} />}
        {chosen.value === "removedOnes" && <RemovedPanel bench={bench} />}
      </Tabs>
      <Aside work={work} />
      <View bench={bench} />
    </section>
  );
}

function GuidelinePanel({ bench }: { bench: Bench }) {
  const words = say.value;
  const project = bench.work.project.value;
  const told = project ? toldOf(project.guideline, bench.language) : [];
  const flags = bench.work.draft.flags;
  return (
    <>
      {flags.length > 0 && (
        <>
          <h2>{words.draftFlags}</h2>
          <ul class="plain">
            {flags.map((flag) => (
              <li>{draftFlag(flag) ?? flag}</li>
            ))}
          </ul>
        </>
      )}
      <h2>{words.guideline}</h2>
      {told.length === 0 ? (
        <p class="soft">{words.noGuideline}</p>
      ) : (
        <dl class="told">
          {told.map(([topic, text]) => (
            <div>
              <dt>{topic}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      )}
      {project !== null && project.glossary.length > 0 && (
        <>
          <h2>{words.glossary}</h2>
          <p class="glossary">
            {project.glossary.map((term) => (
              <span>{term}</span>
            ))}
          </p>
        </>
      )}
    </>
  );
}

/** What a project wants of a draft in `language`, by topic; what the pipeline enforces is said in the reader's language. */
function toldOf(
  guideline: Guideline,
  language: Language,
): readonly (readonly [topic: string, text: string])[] {
  const { topics, script, longest } = say.value;
  const told: readonly (readonly [string, string | null])[] = [
    [topics.numerals, guideline.numerals],
    [topics.fillers, guideline.fillers],
    [topics.spacing, guideline.spacing],
    [topics.script, language !== "zh" || guideline.script === "as_heard" ? null : script[guideline.script]],
    [topics.length, guideline.max_sentence_seconds === null ? null : longest(guideline.max_sentence_seconds)],
    ...guideline.checks
      .filter((check) => appliesTo(check, language))
      .map((check) => [topics.check, check.message] as const),
  ];
  return told.filter((one): one is readonly [string, string] => one[1] !== null && one[1] !== "");
}

function FoundPanel({ bench, places }: { bench: Bench; places: readonly number[] }) {
  const { desk } = bench;
  if (places.length === 0) return <p class="soft">{say.value.nothingFound}</p>;
  return (
    <>
      <button type="button" title={hint("nextFlag")} onClick={() => bench.nextToCheck()}>
        {say.value.onlyFlagged}
      </button>
      <ul class="jumps">
        {places.map((place) => {
          const row = desk.doc.value.rows[place];
          if (!row) return null;
          const flags = desk.sources(row).flatMap((sentence) => sentence.flags);
          const told = new Set([
            ...(bench.saidAt.has(row.key) ? [say.value.reviewerSaid] : []),
            ...desk.findings(place).map(saidOf),
            ...flags.map((flag) => sentenceFlag(flag) ?? flag),
          ]);
          return (
            <li>
              <button type="button" onClick={() => bench.goTo(row)}>
                <b>{clock(row.start - desk.unit.start)}</b> {[...told].join(" ")}
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
}

function SaidPanel({ bench }: { bench: Bench }) {
  const words = say.value;
  const { work, desk } = bench;
  return (
    <>
      {[...work.reviews].reverse().map((review, place) => (
        <section class="verdict">
          <h2>{review.reviewer}</h2>
          {review.comment && <p>{review.comment}</p>}
          {place === 0 && (
            <ul class="jumps">
              {[...bench.saidAt].map(([key, text]) => {
                const row = desk.row(key);
                const number = desk.place(key) + 1;
                return (
                  <li>
                    <button type="button" disabled={!row} onClick={() => bench.goTo(row)}>
                      {row && <b>{words.atSentence(number)}</b>} {text}
                    </button>
                  </li>
                );
              })}
            </ul>
          )}
        </section>
      ))}
    </>
  );
}

function RemovedPanel({ bench }: { bench: Bench }) {
  const words = say.value;
  const { removed } = bench.desk.doc.value;
  if (removed.length === 0) return <p class="soft">{words.nothingRemoved}</p>;
  return (
    <ul class="removed">
      {removed.map((row) => (
        <li>
          <span lang={bench.language}>{row.text}</span>
          <button
            type="button"
            disabled={bench.desk.locked.value}
            onClick={() => bench.desk.restore(row.key)}
          >
            {words.restore}
          </button>
        </li>
      ))}
    </ul>
  );
}

function View({ bench }: { bench: Bench }) {
  const words = say.value;
  const option = (name: "unsure" | "follow" | "autoplay", said: ComponentChildren) => (
    <label>
      <input
        type="checkbox"
        checked={bench.view.value[name]}
        onChange={(event) => bench.setView({ [name]: event.currentTarget.checked })}
      />
      {said}
    </label>
  );
  return (
    <fieldset class="view">
      <legend>{words.view}</legend>
      {option("unsure", words.unsure)}
      {option("follow", words.follow)}
      {option("autoplay", words.autoplay)}
    </fieldset>
  );
}
