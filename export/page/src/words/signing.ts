import { inBoth } from "./index";

export const say = inBoth({
  en: {
    again: "Sign in again",
    same: "With a token of the same person this draft goes on where it is.",
  },
  ko: {
    again: "다시 로그인",
    same: "같은 사람의 토큰이면 이 초안을 그대로 이어서 작업해요.",
  },
});
