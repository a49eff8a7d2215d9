// What staff see of messages, and how they send one again.
import { describe, expect, it } from "vitest";
import { drainMessages } from "../../src/messages/service.ts";
import type { Role } from "../../src/lib/actor.ts";
import { signIn } from "../http/harness.ts";
import { neon, sql } from "../support/control.ts";
import { createUser } from "../support/factories.ts";
import { ids, type Outbox, readMessage, startOutbox } from "./outbox-harness.ts";

const paid = { amountTzs: 5_000 };
const PATH = "/api/v1/admin/messages";
const reason = "she says that none came";

/** Somebody of staff with a token of this app, by the database as well. */
const hire = async ({ app }: Outbox, role: Role, roleInDatabase: Role = role) => {
  const { userId, accessToken } = await signIn(app);
  await sql("update users set role = $2 where id = $1", [userId, roleInDatabase]);
  const token = await app.deps.tokens.sign({ ...(await app.deps.tokens.verify(accessToken)), role });
  return { userId, token };
};

interface Item {
  id: string;
  state: string;
  text: string;
  delivery: string | null;
  error: string | null;
}
const list = async ({ app }: Outbox, token: string, query = "") => {
  const { status, body } = await app.call("GET", `${PATH}${query}`, { token });
  expect(status).toBe(200);
  return body as unknown as { items: Item[]; nextCursor: string | null };
};
const resend = ({ app }: Outbox, token: string, id: string) =>
  app.call("POST", `${PATH}/${id}/resend`, { token, json: { reason } });

/** One message of each kind of trouble, and one that arrived. */
const troubled = async () => {
  const box = await startOutbox("12:00");
  const send = async (fault: Outbox["app"]["faults"]["sms"]) => {
    const id = await box.queue("withdrawal_paid", paid);
    box.app.faults.sms = fault;
    await drainMessages(box.deps);
    box.app.faults.sms = null;
    return id;
  };
  const unknown = await send({ status: "unknown", reason: "timeout" });
  const failed = await send({ status: "refused", code: "101", chance: "never" });
  const undelivered = await send(null);
  await sql("update messages set delivery = 'failed' where id = $1", [undelivered]);
  const arrived = await send(null);
  await sql("update messages set delivery = 'delivered' where id = $1", [arrived]);
  const { token, userId: staffId } = await hire(box, "support");
  return { box, token, staffId, unknown, failed, undelivered, arrived };
};

describe("the list of messages", () => {
  it("shows what did not arrive, each kind by itself, with the text as its reader gets it", async () => {
    const { box, token, unknown, failed, undelivered, arrived } = await troubled();
    const idsOf = async (query: string) =>
      (await list(box, token, query)).items
        .map(({ id }) => id)
        .filter((id) => [unknown, failed, undelivered, arrived].includes(id as never));
    expect(await idsOf("?limit=50")).toEqual([undelivered, failed, unknown]);
    expect(await idsOf("?trouble=unknown&limit=50")).toEqual([unknown]);
    expect(await idsOf("?trouble=failed&limit=50")).toEqual([failed]);
    expect(await idsOf("?trouble=undelivered&limit=50")).toEqual([undelivered]);
    const { items } = await list(box, token, "?trouble=unknown&limit=1");
    expect(items).toMatchObject([{ id: unknown, state: "unknown", error: "timeout", gateway: "beem", sentAt: null }]);
    expect(items[0]!.text).toContain("TZS 5,000");
  });

  it("shows everything that was written to one person, page by page, and never a number", async () => {
    const { box, token, unknown, failed, undelivered, arrived } = await troubled();
    const seen: string[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const query: string = `?userId=${box.userId}&limit=3${cursor ? `&cursor=${cursor}` : ""}`;
      const page = await list(box, token, query);
      expect(page.items.length).toBeLessThanOrEqual(3);
      expect(JSON.stringify(page)).not.toContain(box.msisdn);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual([arrived, undelivered, failed, unknown]);
  });

  it.each(["renter", "agent"] as const)("is not for a role of %s", async (role) => {
    const box = await startOutbox("12:00");
    const { token } = await hire(box, role);
    expect((await box.app.call("GET", PATH, { token })).status).toBe(403);
    expect((await resend(box, token, ids.next("msg"))).status).toBe(403);
  });
});

describe("among forty thousand messages", () => {
  it("the troubled ones, one person's and what waits are each found by an index", async () => {
    const { box, token } = await troubled();
    await sql(
      `insert into messages (id, user_id, template, params, dedupe_key, state, not_before, created_at, claimed_at)
        select 'msg_' || lpad(n::text, 26, '0'), $1, 'withdrawal_paid', '{"amountTzs": 5000}', 'bulk:' || n, 'sent', now(), now(), now()
        from generate_series(1, 40000) n`,
      [(await createUser()) as string],
    );
    await sql("analyze messages");
    const plan = async (query: string): Promise<string> =>
      (await sql<{ "QUERY PLAN": string }>(`explain ${query}`)).map((row) => row["QUERY PLAN"]).join("\n");
    // Which index it takes hangs on what else is in the tables; that it takes one, and never reads them all, does not.
    const isByIndex = (text: string) => /messages_\w+_idx/.test(text) && !text.includes("Seq Scan on messages");
    for (const trouble of ["any", "unknown", "failed"]) {
      const seen = await neon.during(() => list(box, token, `?trouble=${trouble}`));
      const said = await plan(/select[\s\S]*/.exec(seen.texts[0]!)![0].replaceAll("$1", "21"));
      expect(isByIndex(said), said).toBe(true);
    }
    const one = await neon.during(() => list(box, token, `?userId=${box.userId}`));
    const waiting = [
      /select[\s\S]*/.exec(one.texts[0]!)![0].replaceAll("$1", `'${box.userId}'`).replaceAll("$2", "21"),
      "select id from messages where state = 'queued' and not_before <= now() order by id limit 20",
      "select id from messages where state = 'sending' and claim_id = 'x'",
    ];
    for (const query of waiting) {
      const said = await plan(query);
      expect(isByIndex(said), said).toBe(true);
    }
  });
});

describe("a message that is sent again", () => {
  it("goes out under an id of its own, once, is audited, and leaves the list", async () => {
    const { box, token, staffId, unknown } = await troubled();
    const sent = box.app.sms.length;
    const { status, body } = await resend(box, token, unknown);
    expect(status).toBe(202);
    await box.app.settle();
    expect(box.app.sms).toHaveLength(sent + 1);
    const again = body["messageId"] as string;
    expect(await readMessage(again)).toMatchObject({ state: "sent" });
    expect(await readMessage(unknown)).toMatchObject({ state: "unknown", resent_as: again });
    expect((await list(box, token, "?trouble=unknown&limit=50")).items.map(({ id }) => id)).not.toContain(unknown);
    const [row] = await sql<{ actor: string; detail: { reason: string } }>(
      "select actor, detail from audit_log where action = 'message_resent' and subject = $1",
      [unknown],
    );
    expect(row).toMatchObject({ actor: `staff:${staffId}`, detail: { reason } });

    const second = await resend(box, token, unknown);
    expect([second.status, second.body["code"], second.body["state"]]).toEqual([409, "message_state", "resent"]);
    await box.app.settle();
    expect(box.app.sms).toHaveLength(sent + 1);
  });

  it("may be one that failed or was not delivered, and none that arrived or waits", async () => {
    const { box, token, failed, undelivered, arrived } = await troubled();
    expect((await resend(box, token, failed)).status).toBe(202);
    expect((await resend(box, token, undelivered)).status).toBe(202);
    const waiting = await box.queue("withdrawal_paid", paid);
    for (const [id, state] of [
      [arrived, "sent"],
      [waiting, "queued"],
    ] as const) {
      const { status, body } = await resend(box, token, id);
      expect([status, body["code"], body["state"]]).toEqual([409, "message_state", state]);
    }
    const none = await resend(box, token, ids.next("msg"));
    expect([none.status, none.body["code"]]).toEqual([404, "message_unknown"]);
  });

  it("goes out once when two of staff press at the same moment", async () => {
    const { box, token, unknown } = await troubled();
    const sent = box.app.sms.length;
    const answers = await Promise.all([resend(box, token, unknown), resend(box, token, unknown)]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([202, 409]);
    await box.app.settle();
    await drainMessages(box.deps);
    expect(box.app.sms).toHaveLength(sent + 1);
  });

  it("does not go out for somebody whose role was taken since his token was made", async () => {
    const { box, unknown } = await troubled();
    const { token } = await hire(box, "support", "renter");
    const { status, body } = await resend(box, token, unknown);
    expect([status, body["code"]]).toEqual([403, "forbidden"]);
    expect(await readMessage(unknown)).toMatchObject({ resent_as: null });
  });
});
