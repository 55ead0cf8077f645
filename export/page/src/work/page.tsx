// The work page: the next draft, what is mine, and everything there is.

import { may, type Person } from "../person";
import { say } from "../words/work";
import type { Wanted } from "./filters";
import { List } from "./list";
import { Mine } from "./mine";
import { NextDraft } from "./next";
import "./page.css";

interface Given {
  readonly who: Person;
  /** Open the next draft that is wanted; false: none waits. Raises Problem. */
  readonly onNext: (wanted: Wanted) => Promise<boolean>;
}

export function WorkPage({ who, onNext }: Given) {
  const corrects = may(who, "lease") && may(who, "submit");
  const words = say.value;
  return (
    <main id="content" tabIndex={-1} class="page">
      <h1 class="hidden">{words.work}</h1>
      {corrects ? (
        <div class="first">
          <NextDraft onNext={onNext} />
          <Mine who={who} />
        </div>
      ) : (
        <p class="notice">{words.cannotCorrect}</p>
      )}
      <List who={who} corrects={corrects} />
    </main>
  );
}
