// Signing in by a token: as a page, and as a form that a dialog over lost work can hold.

import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Problem } from "../api/client";
import { LanguageChoice } from "../parts/language-choice";
import { Spinner } from "../parts/spinner";
import { Trouble } from "../parts/trouble";
import { refused, signIn } from "../person";
import { say } from "../words/work";
import "./sign-in.css";

/** The form alone. `onSignedIn` is told once the token was good; `person` is set by then. */
export function SignInForm({ onSignedIn }: { onSignedIn?: () => void }) {
  const [token, setToken] = useState("");
  const [seen, setSeen] = useState(false);
  const [stay, setStay] = useState(false);
  const [busy, setBusy] = useState(false);
  const [empty, setEmpty] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const field = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const words = say.value;

  const submit = async (event: Event) => {
    event.preventDefault();
    setEmpty(!token.trim());
    if (busy || !token.trim()) return;
    setBusy(true);
    setProblem(null);
    try {
      await signIn(token.trim(), stay);
      onSignedIn?.();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      setBusy(false);
    }
  };

  return (
    <form class="sign-in-form" onSubmit={submit} noValidate>
      <div class="field">
        <label for={field}>{words.token}</label>
        <div class="token">
          <input
            id={field}
            ref={input}
            name="token"
            {...(seen ? { type: "text" } : { type: "password" })}
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
            autocomplete="current-password"
            autocapitalize="off"
            spellcheck={false}
            aria-invalid={empty || problem?.status === 401}
            aria-describedby={empty ? `${field}empty` : undefined}
          />
          <button type="button" aria-pressed={seen} onClick={() => setSeen(!seen)}>
            {seen ? words.hide : words.show}
            <span class="hidden"> {words.token}</span>
          </button>
        </div>
        {empty && (
          <p id={`${field}empty`} class="small wrong" role="alert">
            {words.tokenEmpty}
          </p>
        )}
      </div>
      <div>
        <label class="tick">
          <input type="checkbox" checked={stay} onChange={(event) => setStay(event.currentTarget.checked)} />
          {words.stay}
        </label>
        <p class="small soft beneath">{words.stayNot}</p>
      </div>
      {problem && <Trouble problem={problem} />}
      <button type="submit" class="primary big" aria-disabled={busy}>
        {busy ? <Spinner label={words.starting} /> : null}
        {words.signIn}
      </button>
    </form>
  );
}

export function SignInPage() {
  const words = say.value;
  return (
    <main class="sign-in">
      <div class="card">
        <header>
          <span class="brand">{words.name}</span>
          <LanguageChoice />
        </header>
        <h1>{words.signIn}</h1>
        <p class="soft">{words.signInWith}</p>
        {refused.value && (
          <p class="notice" role="status">
            {words.signedOutByServer}
          </p>
        )}
        <SignInForm />
        <details class="small">
          <summary>{words.noToken}</summary>
          <p>{words.askForToken}</p>
          <pre>
            <code>prelabel token create NAME --worker NAME --scope read --scope lease --scope submit</code>
          </pre>
        </details>
      </div>
    </main>
  );
}
