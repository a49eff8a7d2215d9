// One HTTP exchange with an outside party. Redirects are not followed: the request carries secrets and must reach the
// configured host alone. Nothing is sent again from here.

export type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

export type Exchange =
  | { kind: "answered"; status: number; text: string }
  /** Nobody can say whether the request arrived. */
  | { kind: "silent"; reason: "timeout" | "unreachable" };

const MAX_ANSWER_BYTES = 64 * 1024;

/** Never throws. `timeoutMs` covers the answer's body as well; a body over 64 KiB reads as an empty one. */
export const exchange = async (fetch: Fetch, url: string, init: RequestInit, timeoutMs: number): Promise<Exchange> => {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal });
    return { kind: "answered", status: response.status, text: await readText(response) };
  } catch {
    return { kind: "silent", reason: signal.aborted ? "timeout" : "unreachable" };
  }
};

const readText = async (response: Response): Promise<string> => {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.byteLength;
    if (length > MAX_ANSWER_BYTES) return "";
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
};

/** `undefined` for what is not JSON: empty, HTML, cut off. */
export const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
