// The next draft: whatever is most urgent among those that somebody can do.

import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { LANGUAGES, Problem } from "../api/client";
import { Choice } from "../parts/choice";
import { Spinner } from "../parts/spinner";
import { Trouble } from "../parts/trouble";
import { tokenRefused } from "../person";
import { lasting } from "../storage";
import { say } from "../words/work";
import { languagesOf, type Order, type Wanted } from "./filters";
import { kept } from "./kept";
import { languageName, TextField } from "./pieces";
import "./next.css";

/** What somebody wants next; it stays in the browser. `project` is empty for any. */
const choice = kept<{ languages: string[]; project: string; order: Order }>(lasting, "prelabel.wanted", {
  languages: [...LANGUAGES],
  project: "",
  order: "received",
});

/** Names of projects that were seen, to be offered while typing. */
export const projects = signal<readonly string[]>([]);

/** What is wanted next, as it was chosen last. */
export function wanted(): Wanted {
  const { languages, project, order } = choice.value;
  return { languages: languagesOf(languages), order, ...(project.trim() ? { project: project.trim() } : {}) };
}

interface Given {
  /** Open the next draft that is wanted; false: none waits. Raises Problem. */
  readonly onNext: (wanted: Wanted) => Promise<boolean>;
}

export function NextDraft({ onNext }: Given) {
  const [busy, setBusy] = useState(false);
  const [none, setNone] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus({ preventScroll: true }), []);
  const words = say.value;
  const { languages, project, order } = choice.value;

  const change = (changed: Partial<typeof choice.value>) => {
    choice.value = { ...choice.value, ...changed };
    setNone(false);
  };
  const take = async () => {
    if (busy || languages.length === 0) return;
    setBusy(true);
    setNone(false);
    setProblem(null);
    try {
      setNone(!(await onNext(wanted())));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) tokenRefused();
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <section class="card next" aria-labelledby="next">
      <h2 id="next">{words.next}</h2>
      <p class="soft small">{words.nextWhy}</p>
      <fieldset class="field">
        <legend>{words.languages}</legend>
        <div class="picks">
          {LANGUAGES.map((language) => (
            <label key={language} class="tick">
              <input
                type="checkbox"
                checked={languages.includes(language)}
                onChange={(event) =>
                  change({
                    languages: event.currentTarget.checked
                      ? [...languages, language]
                      : languages.filter((one) => one !== language),
                  })
                }
              />
              {languageName(language)}
            </label>
          ))}
        </div>
        {languages.length === 0 && (
          <p class="small wrong" role="alert">
            {words.chooseLanguage}
          </p>
        )}
      </fieldset>
      <div class="filters">
        <Choice
          label={words.order}
          options={[
            { value: "received", label: words.oldest },
            { value: "difficulty", label: words.easiest },
          ]}
          chosen={order}
          onChoose={(one) => change({ order: one })}
        />
        <TextField
          class="grow"
          label={words.project}
          value={project}
          hint={words.anyProject}
          known={projects.value}
          onChange={(text) => change({ project: text })}
        />
      </div>
      <button
        type="button"
        ref={button}
        class="primary big"
        aria-disabled={busy || languages.length === 0}
        onClick={() => void take()}
      >
        {busy && <Spinner label={words.taking} />}
        {busy ? words.taking : words.takeNext}
      </button>
      <div role="status">
        {none && (
          <p class="notice nothing">
            <strong>{words.nothingWaits}</strong> {words.nothingWaitsTodo}
          </p>
        )}
      </div>
      {problem && <Trouble problem={problem} />}
    </section>
  );
}
