// Texts about somebody's number and account.
import { digits, minutes, template } from "./template.ts";

export const accountTexts = {
  otp: template({
    kind: "code",
    fields: { code: digits(6), minutes },
    sw: ({ code, minutes: left }) =>
      `${code} ni namba yako ya kuingia ChajiPoa. Usimpe mtu yeyote, hata mfanyakazi wetu. Inatumika ndani ya dakika ${left} tu.`,
    en: ({ code, minutes: left }) =>
      `${code} is your ChajiPoa sign-in code. Give it to nobody, not even our staff. It expires in ${left} minutes.`,
  }),
};
