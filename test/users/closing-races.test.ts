// Closing an account at the moment at which something else happens to it: one of both wins, and the books know which.
import { describe, expect, test } from "vitest";
import type { Id } from "../../src/lib/ids.ts";
import { closeAccount } from "../../src/users/service.ts";
import { signIn, startApp } from "../http/harness.ts";
import { neon, sql } from "../support/control.ts";
import { bookBreaks, createStation, createUser } from "../support/factories.ts";
import { asUser, createBench, start, type Bench } from "../support/verbs.ts";

const close = (bench: Bench, userId: Id<"usr">) =>
  closeAccount(bench.deps, asUser(userId), { giveUpTzs: 0, requestId: "req_test" });
const stateOf = async (userId: Id<"usr">) =>
  (await sql<{ state: string }>("select state from users where id = $1", [userId]))[0]!.state;
const openRentals = (userId: Id<"usr">) =>
  sql("select 1 from rentals where user_id = $1 and status in ('awaiting_payment', 'dispensing', 'active')", [userId]);

describe("closing while a rental starts", () => {
  test.each([1, 2, 3, 4, 5, 6])("leaves either a rental or a closed account, round %i", async () => {
    const bench = createBench();
    const userId = await createUser();
    const station = await createStation();
    const begin = () => start(bench, userId, station, { phone: "0754 123 456" });
    const [closed, started] = await Promise.allSettled([close(bench, userId), begin()]);
    expect([closed.status, started.status].toSorted()).toEqual(["fulfilled", "rejected"]);
    const isClosed = closed.status === "fulfilled";
    expect(await stateOf(userId)).toBe(isClosed ? "closed" : "active");
    expect(await openRentals(userId)).toHaveLength(isClosed ? 0 : 1);
    const refusal = isClosed ? started : closed;
    expect((refusal as PromiseRejectedResult).reason).toMatchObject({
      code: isClosed ? "account_closed" : "rental_already_open",
    });
    expect(await bookBreaks()).toEqual([]);
  });
});

test("closing twice at once closes once", async () => {
  const bench = createBench();
  const userId = await createUser();
  await Promise.all([close(bench, userId), close(bench, userId)]);
  expect(await sql("select 1 from audit_log where subject = $1 and action = 'account_closed'", [userId])).toHaveLength(
    1,
  );
});

test("closing whose answer was lost is closed by the repeat, with the same end", async () => {
  const app = startApp();
  const { accessToken: token, userId } = await signIn(app);
  await neon.arm({ dropAfterCommit: { count: 1, match: "user_close" } });
  const { status } = await app.call("DELETE", "/api/v1/users/profile", { token });
  await neon.clear();
  expect([status, await stateOf(userId)]).toEqual([204, "closed"]);
  expect(await sql("select 1 from audit_log where subject = $1 and action = 'account_closed'", [userId])).toHaveLength(
    1,
  );
});

test("closing is one round trip", async () => {
  const app = startApp();
  const { accessToken: token } = await signIn(app);
  const seen = await neon.during(() => app.call("DELETE", "/api/v1/users/profile", { token }));
  expect(seen.requests).toBe(1);
});
