// Which page a person is shown: the one of the address, as far as it is for them.

import { may, type Person } from "./person";
import { type Route, route } from "./route";

/** Whether judging is all that `who` does here. */
export function onlyReviews(who: Person): boolean {
  return may(who, "review") && !may(who, "lease");
}

export function placeOf(who: Person): Route["at"] {
  const { at } = route.value;
  if (at === "work" && onlyReviews(who)) return "reviews";
  if (at === "reviews" && !may(who, "review")) return "work";
  return at;
}

/** Where `who` came from to see a correction: those who do not judge look at their own, from their work. */
export function listOfReviews(who: Person): Route {
  return { at: may(who, "review") ? "reviews" : "work" };
}
