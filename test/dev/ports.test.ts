import { expect, test } from "bun:test";
import { createServer, type Server } from "node:net";
import { anyFreePort, choosePort, HOST } from "../../dev/ports.ts";
import { startHttpServer } from "../../dev/http-server.ts";
import { StackError } from "../../dev/process.ts";

const occupy = (port: number): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen({ host: HOST, port }, () => resolve(server));
  });

/** Two neighbouring ports that were free a moment ago. */
const freePair = async (): Promise<number> => {
  for (;;) {
    const port = await anyFreePort();
    if ((await choosePort({ part: "test", usual: port + 1 })) === port + 1) return port;
  }
};

test("the usual port is taken when it is free, the next one when it is not", async () => {
  const port = await freePair();
  expect(await choosePort({ part: "test", usual: port })).toBe(port);
  const other = await occupy(port);
  expect(await choosePort({ part: "test", usual: port })).toBe(port + 1);
  other.close();
});

test("a port somebody asked for is refused with its setting, never replaced", async () => {
  const port = await anyFreePort();
  expect(await choosePort({ part: "worker", usual: 1, asked: port })).toBe(port);
  const other = await occupy(port);
  const error = await choosePort({ part: "worker", usual: 1, asked: port, setting: "PORT" }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StackError);
  expect((error as StackError).code).toBe("port_taken");
  expect((error as StackError).message).toContain(`worker: port ${port}`);
  expect((error as StackError).message).toContain("PORT");
  other.close();
});

test("a front says that its port is taken", async () => {
  const port = await anyFreePort();
  const other = await occupy(port);
  const error = await startHttpServer("neon", port, async () => {}).catch((reason: unknown) => reason);
  expect((error as StackError).code).toBe("port_taken");
  other.close();
});
