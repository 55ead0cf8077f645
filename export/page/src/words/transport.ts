import { inBoth } from "./index";

export const say = inBoth({
  en: {
    toolbar: "Sound",
    play: "Play",
    pause: "Pause",
    back: "Back two seconds",
    loop: "Repeat this sentence",
    speed: "Speed",
    volume: "Volume",
    track: "What is heard",
    tracks: { mix: "All sound", voice: "Voice alone" },
  },
  ko: {
    toolbar: "소리",
    play: "재생",
    pause: "멈춤",
    back: "2초 되감기",
    loop: "이 문장 반복",
    speed: "속도",
    volume: "음량",
    track: "들리는 소리",
    tracks: { mix: "전체 소리", voice: "목소리만" },
  },
});
