import type { ComponentChildren } from "preact";
import "./empty.css";

/** Nothing is here: says so, and what to do about it. */
export function Empty({
  title,
  todo,
  children,
}: {
  title: string;
  todo: string;
  children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      <p class="soft">{todo}</p>
      {children}
    </div>
  );
}
