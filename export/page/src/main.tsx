import { render } from "preact";
import { App } from "./app";
import { lookForToken } from "./person";
import { spoken } from "./words";
import "./page.css";

spoken.subscribe((language) => {
  document.documentElement.lang = language;
});

addEventListener("hashchange", lookForToken);

const root = document.getElementById("page");
if (root) render(<App />, root);
