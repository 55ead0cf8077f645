import { render } from "preact";
import { App } from "./app";
import { spoken } from "./words";
import "./page.css";

spoken.subscribe((language) => {
  document.documentElement.lang = language;
});

const root = document.getElementById("page");
if (root) render(<App />, root);
