// Where in the page somebody is: behind the `#` of the address, so that any server can serve it.

import { signal } from "@preact/signals";

export type Route =
  | { at: "work" }
  | { at: "draft"; id: string }
  | { at: "reviews" }
  | { at: "review"; id: string };

const DRAFT_ID = /^[0-9a-f]{32}$/;

export function routeOf(hash: string): Route {
  const [, place = "", id = ""] = hash.split("/");
  if (place === "draft" && DRAFT_ID.test(id)) return { at: "draft", id };
  if (place === "review" && DRAFT_ID.test(id)) return { at: "review", id };
  if (place === "review") return { at: "reviews" };
  return { at: "work" };
}

export function addressOf(route: Route): string {
  switch (route.at) {
    case "work":
      return "#/";
    case "draft":
      return `#/draft/${route.id}`;
    case "reviews":
      return "#/review";
    case "review":
      return `#/review/${route.id}`;
  }
}

export const route = signal<Route>(routeOf(location.hash));

export function go(to: Route): void {
  location.hash = addressOf(to);
}

addEventListener("hashchange", () => {
  route.value = routeOf(location.hash);
});
