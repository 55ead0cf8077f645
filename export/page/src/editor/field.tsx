// The text of one sentence. A textarea, because input methods know it best; its marks lie in a copy behind it.

import type { ComponentChildren } from "preact";
import { memo } from "preact/compat";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { composingIn, composition, fieldGone } from "./composing";

/** A stretch of text and how it is marked. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly look: "unsure" | "found";
}

interface Given {
  readonly id: string;
  readonly text: string;
  readonly label: string;
  readonly describedBy: string | undefined;
  readonly lang: string;
  readonly readOnly: boolean;
  readonly stretches: readonly Stretch[];
  readonly onText: (text: string, cursor: number) => void;
}

export const Field = memo(function Field(given: Given) {
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const there = field.current;
    // What the person types is in the field already: it is written to only by undo, and by what others did.
    if (there && there.value !== given.text && composingIn.peek() !== there) there.value = given.text;
  }, [given.text]);
  useEffect(() => {
    const there = field.current;
    return () => fieldGone(there);
  }, []);
  return (
    <div class="wording" lang={given.lang}>
      <div class="behind" aria-hidden="true">
        {marked(given.text, given.stretches)}
        {"​"}
      </div>
      <textarea
        ref={field}
        id={given.id}
        rows={1}
        defaultValue={given.text}
        aria-label={given.label}
        aria-describedby={given.describedBy}
        readOnly={given.readOnly}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        {...composition}
        onBeforeInput={withoutBreaks}
        onInput={(event) => given.onText(event.currentTarget.value, event.currentTarget.selectionEnd)}
      />
    </div>
  );
});

/** A sentence has no line breaks: those that are typed are not for the text, those that are pasted become spaces. */
function withoutBreaks(event: InputEvent): void {
  if (event.inputType === "insertLineBreak" || event.inputType === "insertParagraph") event.preventDefault();
  if (event.inputType === "historyUndo" || event.inputType === "historyRedo") event.preventDefault();
  const pasted = event.inputType === "insertFromPaste" || event.inputType === "insertFromDrop";
  if (pasted && event.data !== null && /[\r\n]/.test(event.data)) {
    event.preventDefault();
    const field = event.currentTarget as HTMLTextAreaElement;
    field.setRangeText(
      event.data.replace(/\s*[\r\n]+\s*/g, " "),
      field.selectionStart,
      field.selectionEnd,
      "end",
    );
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function marked(text: string, stretches: readonly Stretch[]): ComponentChildren {
  const pieces: ComponentChildren[] = [];
  let at = 0;
  for (const { from, to, look } of stretches) {
    if (from < at) continue;
    pieces.push(text.slice(at, from), <mark class={look}>{text.slice(from, to)}</mark>);
    at = to;
  }
  pieces.push(text.slice(at));
  return pieces;
}
