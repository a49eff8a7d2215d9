/** A renter's live socket. */
export class Listener {
  readonly response: Response;
  readonly messages: { type: string; status: string; slot?: number; dueAt?: string; reason?: string }[] = [];
  isClosed = false;
  readonly #waiting: { n: number; done(): void }[] = [];

  constructor(response: Response) {
    this.response = response;
    const socket = response.webSocket;
    if (!socket) return;
    socket.accept();
    socket.addEventListener("message", ({ data }) => {
      this.messages.push(JSON.parse(data as string) as (typeof this.messages)[number]);
      this.#settle();
    });
    socket.addEventListener("close", () => {
      this.isClosed = true;
      this.#settle();
    });
  }

  /** The states heard, once there are `n`. */
  async states(n: number): Promise<string[]> {
    if (this.messages.length < n) await new Promise<void>((done) => this.#waiting.push({ n, done }));
    return this.messages.map((message) => message.status);
  }

  #settle(): void {
    for (const { n, done } of this.#waiting) if (this.messages.length >= n) done();
  }
}
