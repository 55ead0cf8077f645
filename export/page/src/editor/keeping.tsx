// How the work is kept, as a person sees it: a note that is always there, and a banner where something has to be known
// or decided.

import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { problemOf } from "../api/client";
import type { Doc } from "../document/types";
import type { Keeping, Work } from "../keeping/work";
import { Dialog } from "../parts/dialog";
import { Spinner } from "../parts/spinner";
import { toast } from "../parts/toasts";
import { go } from "../route";
import { clock as atTime } from "../times";
import { clock, noteTold, say, stateTold } from "../words/keeping";
import { told } from "../words/problems";
import { say as signingWords } from "../words/signing";
import { SignInForm } from "../work/sign-in";

const QUIET: readonly Keeping["kind"][] = ["saved", "unsaved", "saving"];

/** Where everything goes as usual: whether it is saved. */
export function KeepingNote({ work }: { work: Work }) {
  const state = work.state.value;
  // What happened beside the state is told once, and stays until somebody has read it.
  useSignalEffect(() => {
    const note = work.note.value;
    if (note === null) return;
    toast(noteTold(note), { tone: note.kind === "not_kept_here" ? "alert" : "plain" });
    work.told();
  });
  if (!QUIET.includes(state.kind)) return null;
  const { what, todo } = stateTold(state);
  return (
    <span class={`kept ${state.kind}`} title={todo}>
      {what}
    </span>
  );
}

/** Where something has to be known or decided: what is so, and what can be done. */
export function KeepingBanner({ work }: { work: Work }) {
  const state = work.state.value;
  const signingIn = useSignal(false);
  const signing = (is: boolean) => () => {
    signingIn.value = is;
  };
  const signedOut = state.kind === "signed_out";
  useEffect(() => {
    signingIn.value = signedOut;
  }, [signedOut]);
  const quiet = QUIET.includes(state.kind) || state.kind === "left";
  const { what, todo } = stateTold(state);
  const words = say.value;
  const act = (name: string, run: () => Promise<unknown>, primary = false) => (
    <button
      type="button"
      class={primary ? "primary" : ""}
      onClick={() =>
        void run().catch((error: unknown) => toast(told(problemOf(error)).what, { tone: "bad" }))
      }
    >
      {name}
    </button>
  );
  const list = act(words.backToWork, async () => go({ at: "work" }), true);
  return (
    <div role="status" class={quiet ? "" : `banner ${state.kind}`}>
      {!quiet && (
        <>
          <p>
            {state.kind === "submitting" && <Spinner label={what} />}
            <strong>{what}</strong> <span>{todo}</span>
          </p>
          <div class="acts">
            {state.kind === "other_tab" && act(words.takeOver, () => work.takeOver(), true)}
            {state.kind === "elsewhere" && act(words.useTheirs, () => work.useTheirs())}
            {state.kind === "elsewhere" && act(words.useMine, () => work.useMine(), true)}
            {state.kind === "lease_ended" && act(words.retake, () => work.retake(), true)}
            {state.kind === "refused" && act(words.tryAgain, () => work.retake(), true)}
            {state.kind === "signed_out" && (
              <button type="button" class="primary" onClick={signing(true)}>
                {words.signIn}
              </button>
            )}
            {offersText(state) && <Texts work={work} />}
            {(state.kind === "taken" || state.kind === "closed" || state.kind === "submitted") && list}
          </div>
        </>
      )}
      {state.kind === "signed_out" && signingIn.value && (
        <Dialog title={signingWords.value.again} onClose={signing(false)}>
          <p>{signingWords.value.same}</p>
          <SignInForm onSignedIn={signing(false)} />
        </Dialog>
      )}
    </div>
  );
}

/** Whether a person may want their text out of the page. */
function offersText(state: Keeping): boolean {
  if (state.kind === "closed") return state.why !== "forgotten";
  return ["taken", "elsewhere", "copy_refused", "refused", "offline", "signed_out"].includes(state.kind);
}

/** The text to be taken along. */
export function Texts({ work, doc }: { work: Work; doc?: Doc }) {
  const words = say.value;
  const name = `${work.draft.draft_id.slice(0, 8)}-${work.draft.unit.index + 1}`;
  const given = (): Doc => doc ?? work.doc.peek();
  return (
    <>
      {!doc && "clipboard" in navigator && (
        <button type="button" onClick={() => void copy(plain(given(), work.draft.unit.start))}>
          {words.copyText}
        </button>
      )}
      <button
        type="button"
        onClick={() => download(`${name}.txt`, "text/plain", plain(given(), work.draft.unit.start))}
      >
        {words.downloadText}
      </button>
      <button
        type="button"
        onClick={() =>
          download(`${name}.json`, "application/json", JSON.stringify(work.asCorrection(given()), null, 1))
        }
      >
        {words.downloadJson}
      </button>
    </>
  );
}

/** Texts that others took the place of. */
export function Aside({ work }: { work: Work }) {
  const words = say.value;
  const texts = work.aside.value;
  if (texts.length === 0) return null;
  return (
    <section class="aside">
      <h2>{words.aside}</h2>
      <ul class="plain">
        {texts.map((one) => (
          <li key={one.id}>
            {words.asideAt(clock(one.at))} <Texts work={work} doc={one.doc} />
          </li>
        ))}
      </ul>
    </section>
  );
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(say.value.copied, { tone: "good" });
  } catch {
    toast(say.value.notCopied, { tone: "bad" });
  }
}

function plain(doc: Doc, origin: number): string {
  const lines = doc.rows.map((row) => `${atTime(row.start - origin)}\t${row.speaker ?? "?"}\t${row.text}`);
  return `${lines.join("\n")}\n`;
}

function download(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
