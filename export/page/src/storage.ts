// What a browser keeps for this page beside the work itself. Where it keeps nothing (cookies are refused, no room),
// the page works all the same and forgets.

export type Keeping = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Kept by the browser. */
export const lasting: Keeping = safe(() => localStorage);

/** Kept by this tab. */
export const passing: Keeping = safe(() => sessionStorage);

/** A storage that never fails: what it is refused it keeps for as long as the page lives. */
export function safe(storage: () => Keeping): Keeping {
  const here = new Map<string, string>();
  const tried = <Value>(act: (there: Keeping) => Value, instead: () => Value): Value => {
    try {
      return act(storage());
    } catch {
      return instead();
    }
  };
  return {
    getItem: (name) =>
      here.get(name) ??
      tried(
        (there) => there.getItem(name),
        () => null,
      ),
    setItem: (name, text) => {
      here.delete(name);
      tried(
        (there) => there.setItem(name, text),
        () => void here.set(name, text),
      );
    },
    removeItem: (name) => {
      here.delete(name);
      tried(
        (there) => there.removeItem(name),
        () => {},
      );
    },
  };
}
