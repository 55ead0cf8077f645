import type { ComponentChildren } from "preact";
import "./tag.css";

export type Tone = "plain" | "accent" | "good" | "alert" | "bad";

/** A word or two about what it stands beside; `why` is shown when somebody points at it. */
export function Tag({
  tone = "plain",
  why,
  children,
}: {
  tone?: Tone;
  why?: string;
  children: ComponentChildren;
}) {
  return (
    <span class={`tag ${tone}`} title={why}>
      {children}
    </span>
  );
}
