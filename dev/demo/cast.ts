// Who is in the stories, and in which language.
import type { Gateway } from "./phone.ts";
import type { Renter } from "./scene.ts";

export interface Language {
  locale: "sw" | "en";
  title: string;
  /** How a number is called that opened its account on a keypad or by a text. */
  unnamed: string;
  named: string;
  gateways: readonly [Gateway, Gateway];
}

export const LANGUAGES: readonly Language[] = [
  { locale: "sw", title: "in Swahili", unnamed: "Mteja", named: "Asha", gateways: ["africastalking", "beem"] },
  { locale: "en", title: "in English", unnamed: "Customer", named: "John", gateways: ["beem", "africastalking"] },
];

export type Person = Pick<Renter, "name" | "msisdn" | "locale">;

export interface Cast {
  person(): Person;
  /** A stranger to us, who is called by the end of the number once there is an account. */
  stranger(): Renter;
  /** Everybody so far. */
  names: ReadonlySet<string>;
}

export const createCast = ({ locale, named, unnamed }: Language, freshNumber: () => string): Cast => {
  const names = new Set<string>();
  const call = (name: string): string => {
    names.add(name);
    return name;
  };
  return {
    names,
    person() {
      const msisdn = freshNumber();
      return { name: call(`${named} ${msisdn.slice(-4)}`), msisdn, locale };
    },
    stranger() {
      const msisdn = freshNumber();
      const name = call(`${unnamed} ${msisdn.slice(-3)}`);
      return { name, msisdn, locale, token: "", refreshToken: "", smsRead: 0, isKnown: false };
    },
  };
};
