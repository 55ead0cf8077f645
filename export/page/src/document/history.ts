// What can be undone and done again: without limit, and each step costs the same however many there are.

/** A pile of values, the last one on top. */
export type Pile<T> =
  | { readonly length: 0 }
  | { readonly length: number; readonly top: T; readonly rest: Pile<T> };

export interface History<T> {
  readonly past: Pile<T>;
  readonly present: T;
  readonly future: Pile<T>;
  /** The name under which the last push may be joined by the next one, and when it was; null: by none. */
  readonly joins: { readonly name: string; readonly at: number } | null;
}

const EMPTY = { length: 0 } as const;
const JOINED_WITHIN_MS = 1000;

export function start<T>(present: T): History<T> {
  return { past: EMPTY, present, future: EMPTY, joins: null };
}

/**
 * `value` is the present; what was undone is gone. `at` is when, in milliseconds of any clock that runs forward. A
 * push with the same `merge` name within a second of the last one takes its place, so that both are undone together.
 * The same value again is no step.
 */
export function push<T>(
  history: History<T>,
  value: T,
  { merge, at }: { merge?: string; at: number },
): History<T> {
  if (Object.is(value, history.present)) return history;
  const { joins, past, present } = history;
  const joined = joins !== null && joins.name === merge && at - joins.at <= JOINED_WITHIN_MS;
  return {
    past: joined ? past : on(past, present),
    present: value,
    future: EMPTY,
    joins: merge === undefined ? null : { name: merge, at },
  };
}

/** One step back; the same history where there is none. */
export function undo<T>(history: History<T>): History<T> {
  const { past, present, future } = history;
  if (!isFull(past)) return history;
  return { past: past.rest, present: past.top, future: on(future, present), joins: null };
}

/** One step forward again; the same history where nothing was undone. */
export function redo<T>(history: History<T>): History<T> {
  const { past, present, future } = history;
  if (!isFull(future)) return history;
  return { past: on(past, present), present: future.top, future: future.rest, joins: null };
}

function on<T>(pile: Pile<T>, top: T): Pile<T> {
  return { length: pile.length + 1, top, rest: pile };
}

function isFull<T>(pile: Pile<T>): pile is Extract<Pile<T>, { top: T }> {
  return "top" in pile;
}
