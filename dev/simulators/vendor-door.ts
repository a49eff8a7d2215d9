// A simulator's handler as `fetch`: for clients that are handed one, without a network between.
export type Door = (input: string | Request, init?: RequestInit) => Promise<Response>;

/** Ends like a connection when the caller has given up. */
export const doorOf =
  (handle: (request: Request) => Promise<Response>): Door =>
  (input, init) => {
    const request = input instanceof Request ? input : new Request(input, init);
    const { signal } = request;
    const gaveUp = new Promise<never>((_, reject) =>
      signal.addEventListener("abort", () => reject(new Error("aborted"))),
    );
    return Promise.race([handle(request), gaveUp]);
  };
