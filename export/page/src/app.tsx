// The frame: who is signed in decides whether there is work to show; the address decides which.

import { person } from "./person";
import { route } from "./route";

export function App() {
  if (person.value === undefined) return null;
  return <main>{route.value.at}</main>;
}
