// Leaving with changes: the draft stays this person's, or goes back to the others.

import { useSignal } from "@preact/signals";
import { type Problem, problemOf } from "../api/client";
import { Dialog } from "../parts/dialog";
import { go } from "../route";
import { say } from "../words/leave";
import { told } from "../words/problems";
import type { Bench } from "./bench";

export function LeaveDialog({ bench, onClose }: { bench: Bench; onClose: () => void }) {
  const words = say.value;
  const busy = useSignal(false);
  const refused = useSignal<Problem | null>(null);
  const leave = (act: () => Promise<void>) => async (): Promise<void> => {
    busy.value = true;
    refused.value = null;
    try {
      await act();
      onClose();
      go({ at: "work" });
    } catch (error) {
      refused.value = problemOf(error);
    } finally {
      busy.value = false;
    }
  };
  const keep = leave(() => bench.work.keepForMe());
  const back = leave(() => bench.work.handBack());
  return (
    <Dialog
      title={words.title}
      onClose={onClose}
      foot={
        <>
          <button type="button" onClick={onClose}>
            {words.stay}
          </button>
          <button type="button" disabled={busy.value} onClick={() => void back()}>
            {words.back}
          </button>
          <button type="button" class="primary" autofocus disabled={busy.value} onClick={() => void keep()}>
            {words.keep}
          </button>
        </>
      }
    >
      <p>{words.what}</p>
      {refused.value && (
        <p class="refused" role="alert">
          {told(refused.value).what} {told(refused.value).todo}
        </p>
      )}
    </Dialog>
  );
}
