// Above the sentences: what the correction is compared with, and which edits are shown.

import { useSignal } from "@preact/signals";
import { type Problem, problemOf } from "../api/client";
import { Trouble } from "../parts/trouble";
import { spoken } from "../words";
import { say } from "../words/review";
import { whole } from "../work/figures";
import { KINDS } from "./differences";
import { hint, obey } from "./keys";
import { Swatch } from "./lines";
import type { Filter, Looking } from "./looking";

export function Controls({ looking }: { looking: Looking }) {
  const words = say.value;
  const { judging } = looking;
  const problem = useSignal<Problem | null>(null);
  const number = judging.correction.revision;
  const earlier = Array.from({ length: number }, (_, version) => version);
  const nameOf = (version: number): string => (version === 0 ? words.draft : words.revision(version));
  const trying = (act: Promise<void>): void => {
    problem.value = null;
    act.catch((error: unknown) => {
      problem.value = problemOf(error);
    });
  };
  const base = looking.base.value;
  const filters: readonly Filter[] = ["all", "changed", "unread"];
  return (
    <>
      <div class="controls" role="toolbar" aria-label={words.controls}>
        {number > 1 && (
          <label>
            {words.compare}
            <select
              value={String(base)}
              onChange={(event) => trying(looking.setBase(Number(event.currentTarget.value)))}
            >
              {earlier.map((version) => (
                <option key={version} value={String(version)}>
                  {nameOf(version)}
                </option>
              ))}
            </select>
          </label>
        )}
        {number > 1 && (
          <fieldset class="ticks">
            <legend>{words.beside}</legend>
            {earlier
              .filter((version) => version !== base)
              .map((version) => (
                <label key={version} class="tick">
                  <input
                    type="checkbox"
                    checked={looking.beside.value.includes(version)}
                    onChange={(event) => trying(looking.setBeside(version, event.currentTarget.checked))}
                  />
                  {nameOf(version)}
                </label>
              ))}
          </fieldset>
        )}
        <label>
          {words.show}
          <select
            value={looking.view.value.filter}
            title={hint("changed")}
            onChange={(event) => looking.setView({ filter: event.currentTarget.value as Filter })}
          >
            {filters.map((filter) => (
              <option key={filter} value={filter}>
                {words.filters[filter]}
              </option>
            ))}
          </select>
        </label>
        <span class="soft num" role="status">
          {words.counted(looking.visible.value.length, looking.lines.value.length)}
        </span>
        <span class="steps">
          <button
            type="button"
            title={hint("previousChange")}
            onClick={() => obey(looking, "previousChange")}
          >
            <span aria-hidden="true">↑ </span>
            {words.previous}
          </button>
          <button type="button" title={hint("nextChange")} onClick={() => obey(looking, "nextChange")}>
            <span aria-hidden="true">↓ </span>
            {words.next}
          </button>
        </span>
      </div>
      {problem.value && <Trouble problem={problem.value} />}
    </>
  );
}

/** The kinds of edits with how much of each there is; each can be switched off. */
export function Legend({ looking }: { looking: Looking }) {
  const words = say.value;
  const totals = looking.totals.value;
  const asScored = looking.base.value === 0 && looking.judging.material.score !== null;
  return (
    <fieldset class="legend" title={asScored ? words.asScored : words.places}>
      <legend class="hidden">{words.kindsTitle}</legend>
      {KINDS.map((kind) => (
        <label key={kind} class="tick" title={words.kindsWhy[kind]}>
          <input
            type="checkbox"
            checked={looking.shown.value.has(kind)}
            onChange={(event) => looking.showKind(kind, event.currentTarget.checked)}
          />
          <Swatch kind={kind} />
          <span>{words.kinds[kind]}</span> <b class="num">{whole(totals[kind], spoken.value)}</b>
        </label>
      ))}
    </fieldset>
  );
}
