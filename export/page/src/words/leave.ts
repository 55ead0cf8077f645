import { inBoth } from "./index";

export const say = inBoth({
  en: {
    title: "Leave this draft?",
    what:
      "Your changes are saved either way. Keep the draft, and it waits for you under “In work”. Give it back, and " +
      "others may take it; they do not see your changes.",
    stay: "Go on correcting",
    back: "Give it back",
    keep: "Keep it for me",
  },
  ko: {
    title: "이 초안에서 나갈까요?",
    what:
      "어느 쪽이든 고친 내용은 저장돼요. 보관하면 ‘작업 중’ 목록에 남아요. 반납하면 다른 사람이 가져갈 수 있고, 그 사람에게는 " +
      "고친 내용이 보이지 않아요.",
    stay: "더 고치기",
    back: "반납하기",
    keep: "보관하기",
  },
});
