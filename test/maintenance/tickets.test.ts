// Tickets as people open, work on and close them, over HTTP.
import { beforeAll, describe, expect, it } from "vitest";
import { audited, type Desk, deskOf, startOffice } from "../http/staff.ts";
import { sql } from "../support/control.ts";
import { createStation } from "../support/factories.ts";

let agent: Desk;
let support: Desk;
let finance: Desk;
beforeAll(async () => {
  const { app } = startOffice();
  agent = await deskOf(app, "agent");
  support = await deskOf(app, "support");
  finance = await deskOf(app, "finance");
});

const open = async (about: Record<string, unknown> = {}, key?: string) =>
  support.send("POST", "/tickets", { title: "Screen is dark", body: "since Monday", ...about }, key);
const work = (desk: Desk, id: string, json: Record<string, unknown>, key?: string) =>
  desk.send("POST", `/tickets/${id}/work`, { note: "looked at it", ...json }, key);

describe("a ticket", () => {
  it("is opened once for one request, with its first note", async () => {
    const { id: stationId, code } = await createStation();
    const opened = await open({ stationId, slot: 3 }, "open-1");
    expect(opened).toMatchObject({
      status: 201,
      body: {
        kind: "manual",
        state: "open",
        stationId,
        stationCode: code,
        slot: 3,
        openedBy: `staff:${support.userId}`,
      },
    });
    const id = opened.body["id"] as string;
    expect(await open({ stationId, slot: 3 }, "open-1")).toMatchObject({ isReplay: true, body: { id } });
    expect((await open({ stationId, slot: 4 }, "open-1")).body["code"]).toBe("idempotency_mismatch");
    expect((await support.get(`/tickets/${id}`)).body["notes"]).toMatchObject([
      { author: `staff:${support.userId}`, body: "since Monday", parts: [] },
    ]);
    expect((await open({ stationId: `stn_${"0".repeat(26)}` })).body["code"]).toBe("station_unknown");
  });

  it("is taken, worked on with parts, and closed; what is written stays", async () => {
    const id = (await open()).body["id"] as string;
    expect((await work(agent, id, { assignee: "me", state: "in_progress" })).body).toMatchObject({
      assignedTo: agent.userId,
      state: "in_progress",
    });
    const parts = [{ part: "display ribbon", quantity: 1 }];
    const done = () => work(agent, id, { note: "new ribbon", parts, state: "done" }, `done-${id}`);
    expect((await done()).body).toMatchObject({ state: "done", closedBy: `staff:${agent.userId}` });
    expect(await done()).toMatchObject({ status: 200, isReplay: true });
    expect((await support.get(`/tickets/${id}`)).body["notes"]).toMatchObject([
      { body: "since Monday" },
      { body: "looked at it", parts: [] },
      { body: "new ribbon", parts },
    ]);
    expect((await audited(id)).map(({ actor, action }) => [actor, action])).toEqual([
      [`staff:${support.userId}`, "ticket_opened"],
      [`staff:${agent.userId}`, "ticket_worked"],
      [`staff:${agent.userId}`, "ticket_closed"],
    ]);
    await expect(sql("update ticket_notes set body = 'x' where ticket_id = $1", [id])).rejects.toThrow();
  });

  it("that is closed takes no note until it is opened again", async () => {
    const id = (await open()).body["id"] as string;
    await work(agent, id, { state: "dropped" });
    expect((await work(agent, id, {})).body["code"]).toBe("ticket_closed");
    expect((await work(support, id, { state: "open" })).body).toMatchObject({ state: "open", closedAt: null });
    expect((await work(agent, id, {})).status).toBe(200);
  });

  it("is given to nobody who could not work on it", async () => {
    const id = (await open()).body["id"] as string;
    expect((await work(support, id, { assignee: finance.userId })).body["code"]).toBe("assignee_unknown");
    expect((await work(support, id, { assignee: agent.userId })).body["assignedTo"]).toBe(agent.userId);
    expect((await work(support, id, { assignee: "nobody" })).body["assignedTo"]).toBeNull();
    expect((await support.get(`/tickets/mnt_${"0".repeat(26)}`)).body["code"]).toBe("ticket_unknown");
  });
});

describe("the list of tickets", () => {
  it("shows what is not closed, newest first, page by page, and by what it is about", async () => {
    const { id: stationId } = await createStation();
    const made: string[] = [];
    for (const title of ["one", "two", "three"]) {
      made.push((await open({ stationId, title })).body["id"] as string);
      agent.app.clock.advance(1);
    }
    await work(agent, made[1]!, { state: "done", assignee: "me" });
    const idsOf = async (query: string) =>
      ((await agent.get(`/tickets?stationId=${stationId}${query}`)).body["items"] as { id: string }[]).map(
        ({ id }) => id,
      );
    expect(await idsOf("")).toEqual([made[2], made[0]]);
    expect(await idsOf("&state=done")).toEqual([made[1]]);
    expect(await idsOf("&assignedTo=me&state=all")).toEqual([made[1]]);
    const first = await agent.get(`/tickets?stationId=${stationId}&state=all&limit=2`);
    expect((first.body["items"] as unknown[]).length).toBe(2);
    expect(await idsOf(`&state=all&limit=2&cursor=${first.body["nextCursor"] as string}`)).toEqual([made[0]]);
  });
});
