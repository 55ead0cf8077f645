// The frame: who is signed in decides whether there is work to show; the address decides which.

import { useEffect, useState } from "preact/hooks";
import { Problem } from "./api/client";
import { EditorPage } from "./editor/editor";
import { takeNext } from "./keeping/opening";
import { Header } from "./parts/header";
import { KeySheet } from "./parts/keys";
import { LanguageChoice } from "./parts/language-choice";
import { Spinner } from "./parts/spinner";
import { Toasts } from "./parts/toasts";
import { Trouble } from "./parts/trouble";
import { givenToken, may, type Person, person, signIn, tokenRefused } from "./person";
import { placeOf } from "./place";
import { ReviewPage } from "./review/review";
import { go, route } from "./route";
import { say } from "./words/work";
import { languagesOf, type Wanted } from "./work/filters";
import { wanted } from "./work/next";
import { WorkPage } from "./work/page";
import { ReviewsPage } from "./work/reviews";
import { SignInPage } from "./work/sign-in";
import "./app.css";

export function App() {
  const who = person.value;
  return (
    <>
      {who === undefined ? <Starting /> : who === null ? <SignInPage /> : <Signed who={who} />}
      <KeySheet />
      <Toasts />
    </>
  );
}

/** Signing in with the token that was kept, or that came with the link. */
function Starting() {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [token] = useState(givenToken);
  const start = async () => {
    if (token === null) {
      person.value = null;
      return;
    }
    setProblem(null);
    try {
      await signIn(token, false);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) tokenRefused();
      else setProblem(error);
    }
  };
  useEffect(() => {
    void start();
  }, []);
  return (
    <main class="starting">
      {problem ? (
        <div class="card">
          <LanguageChoice />
          <h1>{say.value.startTrouble}</h1>
          <Trouble problem={problem} onRetry={() => void start()} />
        </div>
      ) : (
        <Spinner label={say.value.starting} seen />
      )}
    </main>
  );
}

function Signed({ who }: { who: Person }) {
  const at = placeOf(who);
  const words = say.value;
  const judges = at === "reviews" || (at === "review" && may(who, "review"));
  const title = judges ? words.reviews : words.work;
  useEffect(() => {
    document.title = `${title} · ${words.name}`;
  }, [title, words]);
  return (
    <>
      {at === "draft" || at === "review" ? null : <Header who={who} />}
      {at === "draft" && route.value.at === "draft" ? (
        <EditorPage
          key={route.value.id}
          person={who}
          id={route.value.id}
          onNext={() => openNext(who, wanted())}
        />
      ) : at === "review" && route.value.at === "review" ? (
        <ReviewPage key={route.value.id} person={who} id={route.value.id} />
      ) : at === "reviews" ? (
        <ReviewsPage who={who} />
      ) : (
        <WorkPage who={who} onNext={(wanted) => openNext(who, wanted)} />
      )}
    </>
  );
}

/** Take the next draft that is wanted and go there; false: there is none. */
async function openNext(who: Person, { languages, project, order }: Wanted): Promise<boolean> {
  const id = await takeNext(who, {
    languages: languagesOf(languages),
    order,
    ...(project ? { project } : {}),
  });
  if (id !== null) go({ at: "draft", id });
  return id !== null;
}
