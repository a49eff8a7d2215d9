// Answers that no document has and every network gives.
export const spoiltAnswers = [
  "hang",
  "bad_gateway",
  "empty",
  "html",
  "broken_json",
  "error",
  "throttled",
  "redirect",
] as const;
export type SpoiltAnswer = (typeof spoiltAnswers)[number];

export const htmlAnswer = (status: number): Response =>
  new Response("<html></html>", { status, headers: { "content-type": "text/html" } });

/** `hang` ends with the simulator. `url` is the request's own, for the redirect; `cut` is an answer that breaks off. */
export const spoil = (
  answer: SpoiltAnswer,
  { url, cut, stopped }: { url: string; cut: string; stopped: AbortSignal },
): Response | Promise<Response> => {
  switch (answer) {
    case "hang":
      return new Promise((resolve) =>
        stopped.addEventListener("abort", () => resolve(new Response(null, { status: 500 }))),
      );
    case "broken_json":
      return new Response(cut);
    case "redirect":
      return new Response(null, { status: 307, headers: { location: url } });
    case "empty":
      return new Response(null, { status: 200 });
    case "bad_gateway":
      return htmlAnswer(502);
    case "html":
      return htmlAnswer(200);
    case "error":
      return htmlAnswer(500);
    case "throttled":
      return htmlAnswer(429);
  }
};
