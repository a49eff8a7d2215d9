// Words that must not be in the tree: paths of one machine, and hosts of package registries, which a lock file takes on when
// somebody installs through a mirror.

const RULES = [
  { what: "a path of one machine", pattern: /(?<![\w.-])\/(?:root|home|Users)\/[\w.-]+/ },
  { what: "a path of one machine", pattern: /\b[A-Z]:\\(?:Users|Documents)\b/ },
  // Whatever its name: a host that calls itself one, where a package's archive lies, and what a setting names as one.
  { what: "a package registry", pattern: /\bhttps?:\/\/(?:[\w-]+\.)*registry\.[\w.-]+/i },
  { what: "a package registry", pattern: /\bhttps?:\/\/[^\s"'`)]*(?:\/-\/|\.tgz\b)/i },
  { what: "a package registry", pattern: /\bregistry["']?\s*[=:]\s*["']?https?:\/\/[^\s"'`)]*/i },
];

export interface ForbiddenWord {
  /** From 1. */
  line: number;
  what: string;
  word: string;
}

export const findForbiddenWords = (text: string): ForbiddenWord[] =>
  text.split("\n").flatMap((content, index) =>
    RULES.flatMap(({ what, pattern }) => {
      const word = pattern.exec(content)?.[0];
      return word === undefined ? [] : [{ line: index + 1, what, word }];
    }),
  );
