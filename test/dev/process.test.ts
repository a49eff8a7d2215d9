import { expect, test } from "bun:test";
import { isAlive, runToEnd, startProcess, type StackError } from "../../dev/process.ts";

const silent = (): void => {};

test("a command that is not there is a sentence that names it", async () => {
  const error = await startProcess({ part: "redis", command: "no-such-binary", args: [], log: silent }).catch(
    (reason: unknown) => reason,
  );
  expect((error as StackError).code).toBe("binary_missing");
  expect((error as StackError).message).toContain("no-such-binary");
});

test("every line reaches the log under the part's name, errors too", async () => {
  const lines: string[] = [];
  await runToEnd({
    part: "sh",
    command: "sh",
    args: ["-c", "echo one; echo two >&2"],
    log: (part, line) => lines.push(`${part} ${line}`),
    onLine: () => true,
  });
  expect(lines.toSorted()).toEqual(["sh one", "sh two"]);
});

test("a failing command is an error with what it said", async () => {
  const error = await runToEnd({ part: "sh", command: "sh", args: ["-c", "echo because; exit 3"], log: silent }).catch(
    (reason: unknown) => reason,
  );
  expect((error as StackError).code).toBe("part_failed");
  expect((error as StackError).message).toBe("sh ended with 3:\nbecause");
});

test("stopping ends the whole group, also a child that ignores the signal", async () => {
  let child = 0;
  let say = (): void => {};
  const said = new Promise<void>((resolve) => (say = resolve));
  const script = `trap '' TERM; sh -c 'trap "" TERM; echo $$; exec sleep 60' & wait; wait`;
  const running = await startProcess({
    part: "sh",
    command: "sh",
    args: ["-c", script],
    log: silent,
    onLine: (line) => {
      child = Number(line);
      say();
    },
  });
  await said;
  expect(isAlive(child)).toBe(true);
  await running.stop("SIGTERM", 100);
  await running.ended;
  expect(isAlive(running.pid)).toBe(false);
  // Its pipes close a moment before the kernel calls a killed process dead; one that lives on ends this test by its time limit.
  while (isAlive(child)) await Bun.sleep(1);
  await running.stop();
});
