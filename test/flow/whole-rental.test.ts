import { beforeAll, describe, expect, test } from "vitest";
import { runMinute } from "../../src/jobs.ts";
import { sql } from "../support/control.ts";
import {
  callWith,
  eventually,
  openStation,
  type Providers,
  startProviders,
  testDeps,
  workerFetch,
} from "../support/city.ts";
import { balanceOf, bookBreaks } from "../support/factories.ts";

let providers: Providers;
beforeAll(async () => {
  providers = await startProviders();
});

interface Rental {
  id: string;
  status: string;
  reason: string;
  slot: number | null;
  startedAt: string | null;
  dueAt: string | null;
  payment: { id: string; state: string; amountTzs: number } | null;
  price: { totalTzs: number; lines: unknown[] } | null;
  returnedTo: { id: string } | null;
}

const body = <T>(response: Response): Promise<T> => response.json();

/** Collects what a live socket says. */
const listen = async (url: string) => {
  const response = await workerFetch(new Request(url.replace(/^ws/, "http"), { headers: { upgrade: "websocket" } }));
  const heard: { status: string; slot?: number }[] = [];
  response.webSocket!.accept();
  response.webSocket!.addEventListener("message", ({ data }) =>
    heard.push(JSON.parse(data as string) as { status: string }),
  );
  return { response, heard, close: () => response.webSocket!.close(1000) };
};

describe("a renter with an empty wallet", () => {
  test("registers, pays the deposit from the phone, takes a bank, returns it elsewhere and holds a numbered receipt", async () => {
    const from = await openStation([95, 80, 40]);
    const to = await openStation([70]);
    const phone = "0754 555 100";
    const msisdn = "255754555100";
    const visitor = callWith(null);

    const { challengeId } = await body<{ challengeId: string }>(
      await visitor("POST", "/auth/register", { phone, name: "Asha", locale: "sw" }),
    );
    const [sms] = await providers.messages(msisdn);
    const otp = /\b(\d{6})\b/.exec(sms!.text)![1]!;
    const session = await visitor("POST", "/auth/verify-phone", { challengeId, phone, otp });
    expect(session.status).toBe(200);
    const { accessToken } = await body<{ accessToken: string }>(session);
    const call = callWith(accessToken);

    const start = { stationCode: from.code, payment: { provider: "mpesa", phone } };
    const started = await call("POST", "/rentals/start", start, { "idempotency-key": "first" });
    expect(started.status).toBe(202);
    const rental = await body<Rental>(started);
    expect(rental).toMatchObject({
      status: "awaiting_payment",
      slot: 1,
      payment: { state: "submitted", amountTzs: 5_000 },
    });

    const ticket = await body<{ url: string }>(await call("POST", `/rentals/${rental.id}/live-ticket`));
    const live = await listen(ticket.url);
    expect(live.response.status).toBe(101);
    expect(
      (await workerFetch(new Request(ticket.url.replace(/^ws/, "http"), { headers: { upgrade: "websocket" } }))).status,
    ).toBe(401);

    const answers = await providers.deliver(rental.id);
    expect(answers.map(({ status }) => status)).toEqual([200]);
    const read = async () => body<Rental>(await call("GET", `/rentals/${rental.id}`));
    const active = await eventually(read, ({ status }) => status === "active");
    expect(active).toMatchObject({ slot: 1, payment: { state: "succeeded" }, price: { totalTzs: 0 } });
    expect(Date.parse(active.dueAt!) - Date.parse(active.startedAt!)).toBe(4 * 3_600_000);
    expect(from.client.model.cabinet.bankIn(1)).toBeNull();

    to.client.model.insert({ powerBankId: from.banks[0]!, slot: 5 });
    await to.client.settled();
    const completed = await eventually(read, ({ status }) => status === "completed");
    expect(completed.returnedTo).toMatchObject({ id: to.id });
    await eventually(
      async () => live.heard.map(({ status }) => status),
      (heard) => heard.includes("returned"),
    );
    expect(live.heard.map(({ status }) => status)).toEqual([
      "awaiting_payment",
      "payment_received",
      "ejecting",
      "take_your_bank",
      "active",
      "returned",
    ]);
    live.close();

    await runMinute(testDeps());
    const receipt = await body<{ number: string; totalTzs: number; vatPercent: number }>(
      await call("GET", `/rentals/${rental.id}/receipt`),
    );
    expect(receipt).toMatchObject({ number: expect.stringMatching(/^\d{4}-000001$/), totalTzs: 0, vatPercent: 18 });
    expect(await body(await call("GET", "/users/wallet"))).toEqual({
      currency: "TZS",
      walletTzs: 5_000,
      heldTzs: 0,
      debtTzs: 0,
    });
    const texts = await eventually(
      () => providers.messages(msisdn),
      (messages) => messages.length >= 3,
    );
    expect(
      texts
        .map(({ text }) => text)
        .slice(1)
        .every((text) => text.startsWith("ChajiPoa: ")),
    ).toBe(true);
    expect(await body<{ items: Rental[] }>(await call("GET", "/users/rentals"))).toMatchObject({
      items: [{ id: rental.id }],
      nextCursor: null,
    });
    expect(await bookBreaks()).toEqual([]);
    expect(await balanceOf("azampay_clearing")).toBe(5_000);
  });
});

describe("a checkout of the provider's", () => {
  const wait = async (phone: string) => {
    const station = await openStation([90]);
    const visitor = callWith(null);
    const { challengeId } = await body<{ challengeId: string }>(
      await visitor("POST", "/auth/register", { phone, name: "Asha", locale: "en" }),
    );
    const [sms] = await providers.messages(`255${phone.slice(1)}`);
    const { accessToken } = await body<{ accessToken: string }>(
      await visitor("POST", "/auth/verify-phone", { challengeId, phone, otp: /\b(\d{6})\b/.exec(sms!.text)![1] }),
    );
    const call = callWith(accessToken);
    const response = await call(
      "POST",
      "/rentals/start",
      { stationCode: station.code, payment: { provider: "mpesa", phone } },
      { "idempotency-key": "k" },
    );
    const rental = await body<Rental>(response);
    return {
      station,
      call,
      rental,
      response,
      read: async () => body<Rental>(await call("GET", `/rentals/${rental.id}`)),
    };
  };
  const walletOf = async (call: Awaited<ReturnType<typeof wait>>["call"]) =>
    (await body<{ walletTzs: number }>(await call("GET", "/users/wallet"))).walletTzs;

  test.each([
    ["refused for lack of money", "0754555201"],
    ["cancelled on the phone", "0754555202"],
  ])("that is %s cancels the rental and frees the slot", async (_case, phone) => {
    const { rental, read, station } = await wait(phone);
    await providers.deliver(rental.id);
    expect(await read()).toMatchObject({ status: "cancelled", reason: "payment_failed" });
    expect(
      await sql("select count(*)::int as n from postings p join accounts a on a.id = p.account_id where a.code = $1", [
        `user_hold:${rental.id}`,
      ]),
    ).toEqual([{ n: 0 }]);
    expect(station.client.received.filter(({ type }) => type === "eject")).toEqual([]);
  });

  test("whose callback overtakes the answer goes on to the bank", async () => {
    // The callback is made before the checkout's answer; the simulator keeps it, so it is posted right afterwards.
    const { rental, read } = await wait("0754555204");
    await providers.deliver(rental.id);
    await eventually(read, ({ status }) => status === "active");
  });

  test("that is reported three times credits once", async () => {
    const { rental, read, call } = await wait("0754555205");
    expect((await providers.deliver(rental.id, 3)).map(({ status }) => status)).toEqual([200, 200, 200]);
    await eventually(read, ({ status }) => status === "active");
    expect(await walletOf(call)).toBe(0);
    expect(await balanceOf(`user_hold:${rental.id}`)).toBe(5_000);
  });

  test("that succeeds after it failed reaches the wallet, and no bank drops", async () => {
    const { rental, read, call, station } = await wait("0754555206");
    await providers.deliver(rental.id, 2);
    expect(await read()).toMatchObject({ status: "cancelled" });
    expect(await walletOf(call)).toBe(5_000);
    expect(station.client.received.filter(({ type }) => type === "eject")).toEqual([]);
  });

  test.each([
    ["the wrong amount", "0754555207", "wrong_amount"],
    ["a reference that is not ours", "0754555208", "unknown_reference"],
  ])("that reports %s goes to suspense", async (_case, phone, reason) => {
    const { rental, call } = await wait(phone);
    await providers.deliver(rental.id);
    expect(
      await sql(
        "select count(*)::int as n from suspense_items where reason = $1 and opened_at > now() - interval '1 minute'",
        [reason],
      ),
    ).toEqual([{ n: 1 }]);
    expect(await walletOf(call)).toBe(0);
  });

  test("that never reports leaves the rental waiting until its slot is given up", async () => {
    const { rental, read } = await wait("0754555203");
    expect(await read()).toMatchObject({ status: "awaiting_payment" });
    await sql("update rentals set lease_expires_at = now() - interval '1 second' where id = $1", [rental.id]);
    await runMinute(testDeps());
    expect(await read()).toMatchObject({ status: "cancelled", reason: "lease_expired" });
  });

  test.each([
    ["without a signature is taken while signatures are optional", "0754555209", 200],
    ["with a wrong signature is refused", "0754555210", 401],
    ["signed with a rotated key is taken after one look at the new key", "0754555211", 200],
    ["in the minimal shape is taken when no password is asked for in it", "0754555213", 401],
  ])("callback %s", async (_case, phone, status) => {
    const { rental } = await wait(phone);
    expect((await providers.deliver(rental.id)).map((answer) => answer.status)).toEqual([status]);
  });

  test("reported to another path is not found and changes nothing", async () => {
    const { rental, read } = await wait("0754555200");
    const [payment] = await sql<{ external_id: string }>("select external_id from payments where rental_id = $1", [
      rental.id,
    ]);
    const [callback] = await providers.callbacks(payment!.external_id);
    for (const path of ["/payments/callback/guessed", "/payments/callback"]) {
      expect((await callWith(null)("POST", path, callback!)).status).toBe(404);
    }
    expect(await read()).toMatchObject({ status: "awaiting_payment" });
  });
});
