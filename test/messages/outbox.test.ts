import { describe, expect, it } from "vitest";
import { claimMessages } from "../../src/messages/repository.ts";
import { drainMessages, queueMessage, sendNow } from "../../src/messages/service.ts";
import { forgiveDebt } from "../../src/ledger/service.ts";
import type { Id } from "../../src/lib/ids.ts";
import { neon, sql } from "../support/control.ts";
import { balanceOf, createUser } from "../support/factories.ts";
import { createActiveRental, ids, type Outbox, readMessage, startOutbox } from "./outbox-harness.ts";

const staffOf = (userId: Id<"usr">) =>
  ({ kind: "staff", userId, sessionId: ids.next("ses"), role: "finance" }) as const;
const paid = { amountTzs: 5_000 };
/** A text of the person's own doing that counts against the ceiling of answers. */
const answer = { text: "Salio lako ni Sh 0." };

describe("the outbox", () => {
  it("sends each message once, however often it is queued and drained", async () => {
    const { deps, app, userId } = await startOutbox("12:00");
    const message = { userId, template: "answer", params: answer, dedupeKey: `sms:test:${userId}` } as const;
    await queueMessage(deps, message);
    await queueMessage(deps, { ...message, params: { text: "something else" } });
    await Promise.all([drainMessages(deps), drainMessages(deps)]);
    await drainMessages(deps);
    expect(app.sms.map(({ text }) => text)).toEqual([answer.text]);
  });

  it("is asked by one statement when it is empty, and writes nothing", async () => {
    const { deps } = await startOutbox("12:00");
    expect((await neon.during(() => drainMessages(deps))).requests).toBe(1);
  });

  it("waits longer and longer after refusals that may pass, and gives up after the sixth", async () => {
    const { deps, app, queue, advance } = await startOutbox("12:00");
    app.faults.sms = { status: "refused", code: "102", chance: "later" };
    const id = await queue("withdrawal_paid", paid);
    for (let attempt = 1; attempt <= 6; attempt++) {
      await drainMessages(deps);
      await drainMessages(deps);
      expect(await readMessage(id)).toMatchObject({ attempts: attempt, state: attempt < 6 ? "queued" : "failed" });
      advance(30_000 * 2 ** (attempt - 1));
    }
  });

  it("leaves a message unknown that was cut between hand-over and mark, and never hands it over again", async () => {
    const { deps, app, queue, advance } = await startOutbox("12:00");
    const id = await queue("withdrawal_paid", paid);
    await neon.arm({ refuse: { mode: "close", match: "message_sent" } });
    await expect(drainMessages(deps)).rejects.toThrow();
    await neon.clear();
    expect(app.sms).toHaveLength(1);
    expect(await readMessage(id)).toMatchObject({ state: "sending" });
    advance(121_000);
    await drainMessages(deps);
    expect(await readMessage(id)).toMatchObject({ state: "unknown", last_error: "cut_while_sending" });
    expect(app.sms).toHaveLength(1);
  });

  it("goes out although the answer to the claim is lost after its COMMIT, once", async () => {
    const { deps, app, queue } = await startOutbox("12:00");
    const id = await queue("withdrawal_paid", paid);
    await neon.arm({ dropAfterCommit: { count: 1, match: "messages_claim" } });
    await drainMessages(deps);
    await neon.clear();
    expect(await readMessage(id)).toMatchObject({ state: "sent", attempts: 1 });
    expect(app.sms).toHaveLength(1);
  });

  it("goes out once although the answer to the mark is lost after its COMMIT", async () => {
    const { deps, app, queue } = await startOutbox("12:00");
    const id = await queue("withdrawal_paid", paid);
    await neon.arm({ dropAfterCommit: { count: 1, match: "message_sent" } });
    await drainMessages(deps);
    await neon.clear();
    await drainMessages(deps);
    expect(await readMessage(id)).toMatchObject({ state: "sent", attempts: 1 });
    expect(app.sms).toHaveLength(1);
  });

  it("never hands over again what got no answer", async () => {
    const { deps, app, queue, advance } = await startOutbox("12:00");
    app.faults.sms = { status: "unknown", reason: "timeout" };
    const id = await queue("withdrawal_paid", paid);
    await drainMessages(deps);
    app.faults.sms = null;
    advance(3_600_000);
    await drainMessages(deps);
    expect(await readMessage(id)).toMatchObject({ state: "unknown", last_error: "timeout", attempts: 1 });
    expect(app.sms).toEqual([]);
  });
});

describe("a message that is of no use any more", () => {
  it("is skipped from its expiry on", async () => {
    const { deps, app, queue, now } = await startOutbox("12:00");
    const late = await queue("withdrawal_paid", paid, { expiresAtMs: now() });
    const intime = await queue("withdrawal_paid", paid, { expiresAtMs: now() + 1 });
    await drainMessages(deps);
    expect(await readMessage(late)).toMatchObject({ state: "skipped", last_error: "expired", attempts: 0 });
    expect(await readMessage(intime)).toMatchObject({ state: "sent" });
    expect(app.sms).toHaveLength(1);
  });

  it("is skipped once its rental is over", async () => {
    const { deps, app, queue, userId } = await startOutbox("12:00");
    const rentalId = await createActiveRental(userId);
    const before = await queue("answer", answer, { rentalId });
    await drainMessages(deps);
    await sql("update rentals set status = 'cancelled', closed_at = now() where id = $1", [rentalId]);
    const after = await queue("answer", answer, { rentalId });
    await drainMessages(deps);
    expect(await readMessage(before)).toMatchObject({ state: "sent" });
    expect(await readMessage(after)).toMatchObject({ state: "skipped", last_error: "rental_over" });
    expect(app.sms).toHaveLength(1);
  });
});

describe("the ceiling of a day", () => {
  it("stops answers, never what is about money, and begins anew at midnight", async () => {
    const { deps, app, queue, moveTo } = await startOutbox("23:00", { MESSAGE_ANSWERS_PER_DAY: "2" });
    const answers = [await queue("answer", answer), await queue("answer", answer), await queue("answer", answer)];
    for (let i = 0; i < 5; i++) await queue("withdrawal_paid", paid);
    await drainMessages(deps);
    expect((await Promise.all(answers.map(readMessage))).map(({ state }) => state)).toEqual([
      "sent",
      "sent",
      "skipped",
    ]);
    expect(await readMessage(answers[2]!)).toMatchObject({ last_error: "ceiling_of_the_day" });
    expect(app.sms).toHaveLength(7);
    moveTo("00:00");
    const next = await queue("answer", answer);
    await drainMessages(deps);
    expect(await readMessage(next)).toMatchObject({ state: "sent" });
  });

  it("is each template's own: forged texts silence neither a keypad nor what is said of a rental", async () => {
    const { deps, app, queue } = await startOutbox("12:00", { MESSAGE_ANSWERS_PER_DAY: "2" });
    for (let i = 0; i < 9; i++) await queue("answer", answer);
    const dueAtMs = Date.parse("2030-01-01T12:00:00Z");
    const others = [
      await queue("rental_started", { dueAtMs, stationName: "x", returnCode: null }),
      await queue("rental_extended", { amountTzs: 500, dueAtMs }),
      await queue("rental_swapped", { untilMs: dueAtMs }),
      await queue("returned_answer", answer),
    ];
    await drainMessages(deps);
    await drainMessages(deps);
    expect((await Promise.all(others.map(readMessage))).map(({ state }) => state)).toEqual(others.map(() => "sent"));
    expect(app.sms).toHaveLength(2 + others.length);
    for (let i = 0; i < 3; i++) await queue("returned_answer", answer);
    await drainMessages(deps);
    expect(app.sms).toHaveLength(2 + others.length + 1);
  });

  it("holds when many claim at once", async () => {
    const { deps, app, queue } = await startOutbox("12:00", { MESSAGE_ANSWERS_PER_DAY: "3" });
    for (let i = 0; i < 9; i++) await queue("answer", answer);
    await Promise.all(Array.from({ length: 6 }, () => drainMessages(deps, 2)));
    await drainMessages(deps);
    expect(app.sms).toHaveLength(3);
  });

  it("is each person's own", async () => {
    const settings = { MESSAGE_ANSWERS_PER_DAY: "1" };
    const [one, two] = [await startOutbox("12:00", settings), await startOutbox("12:00", settings)];
    for (const box of [one, two]) await box.queue("answer", answer);
    await drainMessages(one.deps);
    await drainMessages(two.deps);
    expect([...one.app.sms, ...two.app.sms].map(({ msisdn }) => msisdn).toSorted()).toEqual(
      [one.msisdn, two.msisdn].toSorted(),
    );
  });
});

describe("a text that may not be stored", () => {
  it("is handed over at once and leaves no row", async () => {
    const { deps, app, msisdn } = await startOutbox("02:00");
    const seen = await neon.during(async () => {
      const to = { msisdn, locale: "sw" } as const;
      expect(await sendNow(deps, to, "otp", { code: "123456", minutes: 10 })).toBe("sent");
    });
    expect([seen.requests, app.sms.length]).toEqual([0, 1]);
  });

  it("is not sent again, and told of by name and never by number", async () => {
    const { deps, app, msisdn } = await startOutbox("12:00");
    const to = { msisdn, locale: "sw" } as const;
    const send = () => sendNow(deps, to, "otp", { code: "123456", minutes: 10 });
    app.faults.sms = { status: "unknown", reason: "timeout" };
    expect(await send()).toBe("unknown");
    app.faults.sms = { status: "refused", code: "111", chance: "elsewhere" };
    expect(await send()).toBe("not_sent");
    app.faults.sms = new Error(msisdn);
    expect(await send()).toBe("unknown");
    const alerts = app.lines.filter(({ alert }) => alert === "sms_not_sent");
    expect(alerts.map(({ reason }) => reason)).toEqual(["timeout", "111", "Error"]);
    for (const word of [msisdn, "123456"]) expect(app.rawLines.join("\n")).not.toContain(word);
  });
});

describe("quiet hours", () => {
  const claim = async (box: Outbox) =>
    (
      await claimMessages(
        box.deps.db,
        {
          claimId: box.deps.ids.secret(20),
          limit: 50,
          notices: ["answer"],
          ceilings: [{ templates: ["answer"], most: 99 }],
        },
        box.now(),
      )
    ).messages.map(({ id }) => id);

  it("are from 22:00 to 6:00 in Dar es Salaam for whoever says nothing else", async () => {
    const box = await startOutbox("21:59");
    const before = await box.queue("answer", answer);
    expect(await claim(box)).toEqual([before]);
    box.moveTo("22:00");
    const within = await box.queue("answer", answer);
    expect(await claim(box)).toEqual([]);
    box.moveTo("05:59");
    const early = await box.queue("answer", answer);
    expect(await claim(box)).toEqual([]);
    expect(await readMessage(within)).toMatchObject({ state: "queued", attempts: 0 });
    box.moveTo("06:00");
    expect(await claim(box)).toEqual([within, early]);
  });

  it("hold back notices alone: money and answers go at any hour", async () => {
    const box = await startOutbox("03:00");
    await box.queue("withdrawal_paid", paid);
    await box.queue("answer", answer);
    await drainMessages(box.deps);
    expect(box.app.sms).toHaveLength(2);
  });

  it.each([
    ["within a day", 780, 840, "13:30", "14:00"],
    ["over midnight", 1_380, 30, "00:29", "00:30"],
    ["up to midnight", 1_320, 0, "23:59", "00:00"],
  ])("may lie %s", async (_name, from, to, quiet, end) => {
    const box = await startOutbox("12:00");
    await sql("update users set quiet_from_minute = $2, quiet_to_minute = $3 where id = $1", [box.userId, from, to]);
    box.moveTo(quiet);
    const id = await box.queue("answer", answer);
    expect(await claim(box)).toEqual([]);
    box.moveTo(end);
    expect(await claim(box)).toEqual([id]);
  });

  it("may be none", async () => {
    const box = await startOutbox("03:00");
    await sql("update users set quiet_from_minute = null, quiet_to_minute = null where id = $1", [box.userId]);
    const id = await box.queue("answer", answer);
    expect(await claim(box)).toEqual([id]);
  });

  it("let a notice lapse that is of no use in the morning", async () => {
    const box = await startOutbox("23:00");
    const id = await box.queue("answer", answer, { expiresAtMs: box.now() + 3_600_000 });
    expect(await claim(box)).toEqual([]);
    box.moveTo("06:00");
    expect(await claim(box)).toEqual([]);
    expect(await readMessage(id)).toMatchObject({ state: "skipped", last_error: "expired" });
  });
});

describe("a fact and its message", () => {
  const staffAndDebtor = async (box: Outbox) => {
    await sql("update users set role = 'finance' where id = $1", [box.userId]);
    return { debtor: await createUser({ debtTzs: 9_000 }), actor: staffOf(box.userId) };
  };
  const messagesOf = (userId: string) => sql("select template from messages where user_id = $1", [userId]);
  const forgive = (box: Outbox, { actor, debtor }: { actor: ReturnType<typeof staffOf>; debtor: Id<"usr"> }) =>
    forgiveDebt(box.deps, actor, {
      userId: debtor,
      amountTzs: null,
      reason: "the station kept the bank",
      requestId: "req_test",
      key: { route: "POST forgive", key: box.deps.ids.secret(8), bodyHash: "h" },
    });

  it("are written by one statement", async () => {
    const box = await startOutbox("12:00");
    const people = await staffAndDebtor(box);
    expect((await neon.during(() => forgive(box, people))).requests).toBe(1);
    expect(await messagesOf(people.debtor)).toEqual([{ template: "debt_forgiven" }]);
  });

  it("are both there when the answer is lost, and neither is when the statement never ran", async () => {
    const box = await startOutbox("12:00");
    const lost = await staffAndDebtor(box);
    await neon.arm({ dropAfterCommit: { count: 1, match: "debt_forgive" } });
    await forgive(box, lost);
    await neon.clear();
    expect(await messagesOf(lost.debtor)).toEqual([{ template: "debt_forgiven" }]);
    const never = await staffAndDebtor(box);
    await neon.arm({ serializationFailure: { match: "debt_forgive" } });
    await expect(forgive(box, never)).rejects.toThrow();
    await neon.clear();
    expect(await messagesOf(never.debtor)).toEqual([]);
    expect(await balanceOf(`user_debt:${never.debtor}`)).toBe(9_000);
  });
});
