// Answers to what somebody wrote to us.
import { template, words } from "./template.ts";

export const answerTexts = {
  /** Whatever the commands by SMS say; they put their texts together themselves. */
  answer: template({
    kind: "answer",
    fields: { text: words(160) },
    sw: ({ text }) => text,
    en: ({ text }) => text,
  }),
  /** What became of "I returned it", said on a keypad: with a ceiling of its own, for there the number is proved. */
  returned_answer: template({
    kind: "answer",
    fields: { text: words(160) },
    sw: ({ text }) => text,
    en: ({ text }) => text,
  }),
};
