// What finance sees of money without an owner, over HTTP.
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { refundSuspenseItem } from "../../src/withdrawals/service.ts";
import { signIn } from "../support/city.ts";
import { createUser } from "../support/factories.ts";
import { sql } from "../support/control.ts";
import { createStaff } from "../support/payouts.ts";
import { importLine, paidTwice } from "../support/suspense.ts";

beforeAll(() => {
  env.AZAMPAY_CALLBACK_SIGNATURE = "off" as typeof env.AZAMPAY_CALLBACK_SIGNATURE;
  env.AZAMPAY_CALLBACK_PASSWORD = "";
});

interface Item {
  id: string;
  providerReference: string;
  state: string;
  isProven: boolean;
}
interface Page {
  items: Item[];
  nextCursor: string | null;
}

const signInAs = async (role: "finance" | "support" | "agent" | "admin") => {
  const userId = await createUser();
  await sql("update users set role = $2 where id = $1", [userId, role]);
  return signIn(userId, undefined, role);
};

test("finance reads open items page by page, newest first, each with what it names and whether a statement proves it", async () => {
  const [first, second, third] = [await paidTwice(), await paidTwice(), await paidTwice()];
  await importLine(second.second, 5_000);
  const finance = await signInAs("finance");
  const read = async (query: string) => (await finance.call("GET", `/admin/suspense?${query}`)).json<Page>();

  const page = await read("limit=2");
  expect(page.items.map(({ providerReference }) => providerReference)).toEqual([third.second, second.second]);
  const rest = await read(`limit=1&cursor=${page.nextCursor}`);
  expect(rest.items).toMatchObject([
    {
      id: first.item.id,
      providerReference: first.second,
      amountTzs: 5_000,
      currency: "TZS",
      reason: "second_payment",
      state: "open",
      paymentId: first.payment.id,
      userId: first.userId,
      provider: "mpesa",
      isProven: false,
      resolution: null,
      resolvedAt: null,
    },
  ]);
  expect(page.items.map(({ isProven }) => isProven)).toEqual([false, true]);
});

test("an item that was given back leaves the open ones, and is found among the resolved with who did it", async () => {
  const { bench, second, item } = await paidTwice();
  await importLine(second, 5_000);
  const staff = await createStaff();
  const input = { suspenseId: Number(item.id), to: "wallet", reason: "paid twice", requestId: "req_test" } as const;
  await refundSuspenseItem(bench.deps, staff, input);
  const admin = await signInAs("admin");
  const read = async (query: string) => (await admin.call("GET", `/admin/suspense${query}`)).json<Page>();
  expect((await read("?limit=50")).items.map(({ id }) => id)).not.toContain(item.id);
  expect((await read("?state=resolved&limit=1")).items).toMatchObject([
    { id: item.id, state: "resolved", resolution: "credited", resolvedBy: `staff:${staff.userId}` },
  ]);
});

test("nobody else of staff reads it, and a state that there is not is refused", async () => {
  for (const role of ["support", "agent"] as const)
    expect((await (await signInAs(role)).call("GET", "/admin/suspense")).status).toBe(403);
  expect((await (await signInAs("finance")).call("GET", "/admin/suspense?state=lost")).status).toBe(400);
});
