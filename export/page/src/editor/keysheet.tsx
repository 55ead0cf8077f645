// The sheet of keys.

import { Dialog } from "../parts/dialog";
import { say } from "../words/editor";
import { KEYS, shownKey } from "./keys";

const GROUPS = ["sound", "walk", "cut", "time", "who", "rest"] as const;

export function KeySheet({ onClose }: { onClose: () => void }) {
  const words = say.value;
  return (
    <Dialog title={words.keysTitle} onClose={onClose} wide>
      <p>{words.keysNote}</p>
      <div class="keysheet">
        {KEYS.map((keys, place) => {
          const group = GROUPS[place] ?? "rest";
          const commands = [...new Set(keys.map((key) => key.command))];
          return (
            <section>
              <h3>{words.groups[group]}</h3>
              <dl>
                {commands.map((command) => (
                  <div>
                    <dt>{words.commands[command]}</dt>
                    <dd>
                      {keys
                        .filter((key) => key.command === command)
                        .map((key, number) => (
                          <span>
                            {number > 0 && " / "}
                            {key.shown.map((name) => (
                              <kbd>{shownKey(name)}</kbd>
                            ))}
                          </span>
                        ))}
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          );
        })}
      </div>
    </Dialog>
  );
}
