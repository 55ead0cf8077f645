// What the work page shows stays true: it is asked for anew when the person comes back to the window.

import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Api, Entry } from "../api/client";
import { tokenRefused } from "../person";
import type { Query } from "./filters";
import { type Listing, listing } from "./listing";

/** Going through windows quickly asks once. */
const PAUSE_SECONDS = 5;

/** Run `refresh` whenever the window gets the focus again, but not twice within `pause` seconds. */
export function useFresh(refresh: () => void, pause = PAUSE_SECONDS): void {
  const latest = useRef(refresh);
  latest.current = refresh;
  useEffect(() => {
    let last = Date.now();
    const back = () => {
      if (document.visibilityState !== "visible" || Date.now() - last < pause * 1000) return;
      last = Date.now();
      latest.current();
    };
    addEventListener("focus", back);
    document.addEventListener("visibilitychange", back);
    return () => {
      removeEventListener("focus", back);
      document.removeEventListener("visibilitychange", back);
    };
  }, [pause]);
}

/** The drafts of `query`, asked for now, when it changes, and when the person comes back (see `useFresh`). */
export function useListing(api: Api, query: Query, atLeast?: number, pause?: number): Listing {
  const asked = JSON.stringify(query);
  const list = useMemo(() => listing(api, JSON.parse(asked) as Query, atLeast), [api, asked, atLeast]);
  useEffect(() => {
    void list.again();
    return list.stop;
  }, [list]);
  useFresh(() => void list.again(), pause);
  const refused = list.problem.value?.status === 401;
  useEffect(() => {
    if (refused) tokenRefused();
  }, [refused]);
  return list;
}

/** What `list` shows, or what was shown before while it has nothing yet, so that a new filter does not blink. */
export function useShown(list: Listing): readonly Entry[] | null {
  const before = useRef<readonly Entry[] | null>(null);
  const now = list.entries.value;
  if (now) before.current = now;
  return list.problem.value ? now : before.current;
}
