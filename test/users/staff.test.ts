// People as staff find them and decide about them, over HTTP.
import { beforeAll, describe, expect, it } from "vitest";
import { newPhone, signIn } from "../http/harness.ts";
import { audited, type Desk, deskOf, startOffice } from "../http/staff.ts";
import { sql } from "../support/control.ts";
import { createUser, fundWallet } from "../support/factories.ts";

let office: ReturnType<typeof startOffice>;
let admin: Desk;
let support: Desk;
beforeAll(async () => {
  office = startOffice();
  admin = await deskOf(office.app, "admin");
  support = await deskOf(office.app, "support");
});

const reason = "her phone was stolen";
const state = (desk: Desk, id: string, value: string) =>
  desk.send("POST", `/users/${id}/state`, { state: value, reason });
const role = (desk: Desk, id: string, value: string) => desk.send("POST", `/users/${id}/role`, { role: value, reason });

describe("a person", () => {
  it("is found by the number, with wallet and debt, and the number leaves masked", async () => {
    const phone = newPhone();
    const { userId } = await signIn(office.app, phone);
    await fundWallet(userId, 7_000);
    const { status, body } = await support.send("POST", "/users/find", { phone });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      person: { id: userId, state: "active", role: "renter" },
      walletTzs: 7_000,
      debtTzs: 0,
    });
    expect(JSON.stringify(body)).not.toContain(phone.slice(1));
    expect((await support.get(`/users/${userId}`)).body).toEqual(body);
    expect((await support.send("POST", "/users/find", { phone: newPhone() })).body["code"]).toBe("user_unknown");
    expect((await support.send("POST", "/users/find", { phone: "022 211 0000" })).body["code"]).toBe("phone_invalid");
  });

  it("who is suspended is signed out, and goes on when let; both are in the audit log", async () => {
    const { userId, refreshToken } = await signIn(office.app);
    expect((await state(support, userId, "suspended")).body).toMatchObject({ person: { state: "suspended" } });
    const refreshed = await office.app.call("POST", "/api/v1/auth/refresh", { json: { refreshToken } });
    expect(refreshed.status).toBe(401);
    expect((await state(support, userId, "suspended")).status).toBe(200);
    expect((await state(support, userId, "active")).body).toMatchObject({ person: { state: "active" } });
    expect(await audited(userId)).toEqual(
      expect.arrayContaining([
        { actor: `staff:${support.userId}`, action: "user_state", detail: { from: "active", to: "suspended", reason } },
        { actor: `staff:${support.userId}`, action: "user_state", detail: { from: "suspended", to: "active", reason } },
      ]),
    );
  });

  it("who is pending or closed is decided about by nobody, and nobody decides about himself", async () => {
    const pending = await createUser({ state: "pending" });
    expect((await state(support, pending, "active")).body["code"]).toBe("user_state");
    expect((await role(admin, pending, "agent")).body["code"]).toBe("user_state");
    expect((await role(admin, admin.userId, "renter")).body["code"]).toBe("own_account");
    expect((await state(admin, admin.userId, "suspended")).body["code"]).toBe("own_account");
  });
});

describe("staff", () => {
  it("are appointed by an admin alone, and lose their sessions with their role", async () => {
    const { userId, refreshToken } = await signIn(office.app);
    expect((await role(support, userId, "agent")).status).toBe(403);
    expect((await role(admin, userId, "agent")).body).toMatchObject({ person: { role: "agent" } });
    expect((await office.app.call("POST", "/api/v1/auth/refresh", { json: { refreshToken } })).status).toBe(401);
    const listed = (await admin.get("/users?isStaff=true&limit=100")).body["items"] as { id: string; role: string }[];
    expect(listed.map(({ id }) => id)).toContain(userId);
    expect(listed.filter(({ role: held }) => held === "renter")).toEqual([]);
    expect(await audited(userId)).toEqual(
      expect.arrayContaining([
        { actor: `staff:${admin.userId}`, action: "user_role", detail: { from: "renter", to: "agent", reason } },
      ]),
    );
  });

  it("are suspended by an admin, not by support", async () => {
    const agent = await deskOf(office.app, "agent");
    expect((await state(support, agent.userId, "suspended")).status).toBe(403);
    expect((await state(admin, agent.userId, "suspended")).body).toMatchObject({ person: { state: "suspended" } });
    // The token lives on for minutes; the database says no.
    expect((await agent.send("POST", "/tickets", { title: "Door is open" })).status).toBe(403);
  });

  it("who decide about each other at once do not wait for ever", async () => {
    const other = await deskOf(office.app, "admin");
    const answers = await Promise.all([role(admin, other.userId, "support"), role(other, admin.userId, "support")]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 403]);
    await sql("update users set role = 'admin' where id = $1", [admin.userId]);
  });
});

it("the list of people goes through everybody once, newest first, page by page", async () => {
  const { app } = office;
  const made: string[] = [];
  for (let n = 0; n < 3; n++) {
    app.clock.advance(1_000);
    made.push((await signIn(app)).userId);
  }
  const seen: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page = await admin.get(`/users?limit=2${cursor ? `&cursor=${cursor}` : ""}`);
    seen.push(...(page.body["items"] as { id: string }[]).map(({ id }) => id));
    cursor = page.body["nextCursor"] as string | null;
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.slice(0, 3)).toEqual(made.toReversed());
});
