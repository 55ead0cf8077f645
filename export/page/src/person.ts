// Who works here. The token stays in this tab, or in this browser where the person wanted that.

import { signal } from "@preact/signals";
import { type Api, apiOf, ask, type Schemas } from "./api/client";
import { lasting, passing } from "./storage";

export interface Person {
  readonly api: Api;
  readonly token: string;
  readonly me: Schemas["TokenEntry"];
  /** Under which name this person's work is kept: that of the token, or the token's own name. */
  readonly worker: string;
}

const KEPT = "prelabel.token";
const IN_LINK = /^#token=([\w-]+)$/;

/** null: nobody is signed in; undefined: it is not known yet. */
export const person = signal<Person | null | undefined>(undefined);

/** Whether the server said of the token of this page that it is not good (any more). */
export const refused = signal(false);

/** Whether the browser keeps this person's token, so that other tabs, and this one tomorrow, need none. */
export const stays = signal(false);

/** Whether a person may do what needs `scope`. */
export function may(who: Person, scope: string): boolean {
  return who.me.scopes.some((one) => one === scope || one === "admin");
}

/** Sign in by a token. Raises Problem where it is not good, or where no answer came. */
export async function signIn(token: string, stay: boolean): Promise<void> {
  const api = apiOf(token);
  const me = await ask(api.GET("/v1/me"));
  passing.setItem(KEPT, token);
  refused.value = false;
  person.value = { api, token, me, worker: me.worker ?? me.name };
  if (stay) staySignedIn();
  else stays.value = lasting.getItem(KEPT) === token;
}

/** Let the browser keep the token of whoever is signed in. */
export function staySignedIn(): void {
  if (!person.value) return;
  lasting.setItem(KEPT, person.value.token);
  stays.value = true;
}

export function signOut(): void {
  passing.removeItem(KEPT);
  lasting.removeItem(KEPT);
  stays.value = false;
  person.value = null;
}

/** The server takes the token no more (401): back to signing in, and the person is told why. */
export function tokenRefused(): void {
  refused.value = true;
  signOut();
}

/**
 * The token with which this page was opened: from a link (`#token=…`, which is taken out of the address at once), or
 * kept from before; null where there is none.
 */
export function givenToken(): string | null {
  const found = IN_LINK.exec(location.hash);
  if (found?.[1]) {
    history.replaceState(null, "", location.pathname);
    return found[1];
  }
  return passing.getItem(KEPT) ?? lasting.getItem(KEPT);
}

/** Where the page is open already, a link with a token loads nothing anew: it is as if the page was just opened. */
export function lookForToken(): void {
  if (IN_LINK.test(location.hash)) person.value = undefined;
}
