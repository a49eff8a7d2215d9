/**
 * Names and places of an error and of what caused it, for a log line. Never a message: a driver puts its parameters there,
 * a parser its input.
 */
export const describeError = (error: unknown): Record<string, string | undefined> => {
  const causes: Error[] = [];
  for (let each = error; each instanceof Error && causes.length < 4; each = each.cause) causes.push(each);
  const root = causes.at(-1);
  if (!root) return {};
  const word = (name: "code" | "constraint") => {
    const value: unknown = name in root ? (root as unknown as Record<string, unknown>)[name] : undefined;
    return typeof value === "string" && /^[A-Za-z0-9_]{1,64}$/.test(value) ? value : undefined;
  };
  const frames = (root.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return {
    error: causes.map((each) => each.name).join(" < "),
    errorCode: word("code"),
    errorConstraint: word("constraint"),
    errorAt:
      frames
        .slice(0, 3)
        .map((line) => line.trim().slice(3))
        .join(" | ") || undefined,
  };
};
