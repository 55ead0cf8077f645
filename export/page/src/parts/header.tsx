import type { ComponentChildren } from "preact";
import type { Person } from "../person";
import { may, signOut, staySignedIn, stays } from "../person";
import { onlyReviews, placeOf } from "../place";
import { addressOf } from "../route";
import { spoken } from "../words";
import { say } from "../words/work";
import { toggleKeys } from "./keys";
import { LanguageChoice } from "./language-choice";
import { Menu } from "./menu";
import "./header.css";

/** Stands above every page of somebody who signed in. `children` is what the page itself has to say there. */
export function Header({ who, children }: { who: Person; children?: ComponentChildren }) {
  const words = say.value;
  const at = placeOf(who);
  const { me } = who;
  const until = me.expires_at
    ? new Intl.DateTimeFormat(spoken.value, { dateStyle: "medium" }).format(new Date(me.expires_at))
    : null;
  return (
    <header class="top">
      <button type="button" class="skip primary" onClick={toContent}>
        {words.skip}
      </button>
      <a class="brand" href={addressOf({ at: "work" })}>
        {words.name}
      </a>
      <nav aria-label={words.places}>
        {!onlyReviews(who) && (
          <a href={addressOf({ at: "work" })} aria-current={at === "work" ? "page" : undefined}>
            {words.work}
          </a>
        )}
        {may(who, "review") && (
          <a href={addressOf({ at: "reviews" })} aria-current={at === "reviews" ? "page" : undefined}>
            {words.reviews}
          </a>
        )}
      </nav>
      <div class="top-between">{children}</div>
      <LanguageChoice />
      <button type="button" class="quiet" aria-label={`? ${words.keys}`} onClick={toggleKeys}>
        <kbd>?</kbd> <span class="wide-only">{words.keys}</span>
      </button>
      <Menu
        name={words.account}
        class="quiet account"
        head={
          <div class="small">
            <div class="soft">{words.signedInAs}</div>
            <strong class="wrap">{who.worker}</strong>
            <div class="soft wrap">{words.tokenOf(me.name)}</div>
            {until && <div class="soft">{words.until(until)}</div>}
          </div>
        }
        items={[
          ...(stays.value ? [] : [{ label: words.stay, onChoose: staySignedIn }]),
          { label: words.signOut, onChoose: signOut },
        ]}
      >
        <span class="hidden">{words.account}: </span>
        <span class="account-name">{who.worker}</span>
      </Menu>
    </header>
  );
}

/** A link would change what stands behind `#` in the address, which says which page is shown. */
function toContent(): void {
  document.getElementById("content")?.focus();
}
