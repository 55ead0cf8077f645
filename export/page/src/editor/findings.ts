// What the checks found, as plain sentences.

import type { Blocker, Finding } from "../document/checks";
import { say } from "../words/findings";

export function saidOf(finding: Finding): string {
  const words = say.value;
  switch (finding.code) {
    case "too_long":
      return words.tooLong(finding.seconds.toFixed(1), finding.most);
    case "too_fast":
      return words.tooFast(finding.letters, finding.most);
    case "pattern":
      return finding.message;
    case "other_script":
      return words.otherScript(finding.characters);
    case "same_speaker_overlap":
      return words.sameSpeaker(finding.seconds.toFixed(1));
    case "control":
      return words.control(finding.character);
    case "empty":
      return words.empty;
    case "spaces":
      return words.spaces;
    case "outside":
      return words.outside;
  }
}

/** Why a correction cannot be handed in. */
export function stopped(blocker: Blocker): string {
  const words = say.value;
  switch (blocker.code) {
    case "control":
      return words.control(blocker.character);
    case "long_text":
      return words.longText(blocker.most);
    case "sentences":
      return words.sentences(blocker.most);
    case "texts":
      return words.texts(blocker.most);
    case "empty":
      return words.empty;
    case "times":
      return words.times;
    case "outside":
      return words.outside;
    case "speaker":
      return words.speaker;
  }
}
