// The free-port rule: a port that somebody asked for is taken as it is or refused with a sentence; a port that is only our
// habit moves on to the next free one; tests take whatever the system hands out.
import { createServer } from "node:net";
import { StackError } from "./process.ts";

export const HOST = "127.0.0.1";
const TRIES = 50;

/** True when a server can listen on 127.0.0.1:port right now. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ host: HOST, port, exclusive: true }, () => probe.close(() => resolve(true)));
  });

/** A port the system hands out, for parts whose address nobody types. */
export const anyFreePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen({ host: HOST, port: 0 }, () => {
      const address = probe.address();
      const port = typeof address === "object" && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });

export interface PortWish {
  part: string;
  /** Where the part lives by habit; the next free port is taken when it is in use. */
  usual: number;
  /** What somebody asked for, usually a setting; never replaced by another. */
  asked?: number | undefined;
  /** The setting's name, for the sentence. */
  setting?: string | undefined;
}

/** Throws StackError `port_taken` when the asked port is in use or no port near the usual one is free. */
export const choosePort = async (wish: PortWish): Promise<number> => {
  if (wish.asked !== undefined) {
    if (await isFree(wish.asked)) return wish.asked;
    throw portTaken(wish.part, wish.asked, wish.setting);
  }
  for (let port = wish.usual; port < wish.usual + TRIES; port++) if (await isFree(port)) return port;
  throw new StackError("port_taken", `${wish.part}: no free port between ${wish.usual} and ${wish.usual + TRIES - 1}.`);
};

export const portTaken = (part: string, port: number, setting?: string): StackError =>
  new StackError(
    "port_taken",
    `${part}: port ${port} is in use by another program. End that program${setting ? `, or choose another port with ${setting}` : ""}.`,
  );
