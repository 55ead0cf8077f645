import { speak, spoken } from "../words";
import { say } from "../words/work";
import { Choice } from "./choice";

/** In which language the interface speaks; each is named in itself. */
export function LanguageChoice() {
  return (
    <Choice
      label={say.value.interface}
      bare
      options={[
        { value: "ko", label: "한국어", lang: "ko" },
        { value: "en", label: "English", lang: "en" },
      ]}
      chosen={spoken.value}
      onChoose={speak}
    />
  );
}
