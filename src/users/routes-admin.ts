// People, for staff. Mounted at /admin/users.
import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireStaff } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import {
  FindPerson,
  PeoplePage,
  PeopleQuery,
  PersonDetailView,
  personDetailView,
  PersonParam,
  personView,
  SetPersonRole,
  SetPersonState,
} from "./schemas-admin.ts";
import { decideOnPerson, listPersons, readPerson } from "./staff.ts";

const tag = "people";
const access = "staff";
const one = { 200: { description: "The person as it is now", schema: PersonDetailView } };
const staff = requireStaff("support", "finance", "admin");

export const usersAdmin = new Hono<AppEnv>()
  .get(
    "/",
    operation({
      id: "listPeople",
      summary: "People, newest first; or staff alone",
      tag,
      access,
      answers: { 200: { description: "A page", schema: PeoplePage } },
      problems: ["invalid_request"],
    }),
    staff,
    validate("query", PeopleQuery),
    async (c) => {
      const { cursor = null, ...input } = c.req.valid("query");
      const { items, nextCursor } = await listPersons(c.get("deps"), { ...input, cursor });
      return c.json({ items: items.map(personView), nextCursor });
    },
  )
  .post(
    "/find",
    operation({
      id: "findPerson",
      summary: "The person who has this number; it is sent in the body, so that it is in no log of addresses",
      tag,
      access,
      hasBody: true,
      answers: one,
      problems: ["user_unknown", "phone_invalid"],
    }),
    staff,
    validate("json", FindPerson),
    async (c) => c.json(personDetailView(await readPerson(c.get("deps"), c.req.valid("json")))),
  )
  .get(
    "/:id",
    operation({
      id: "readPerson",
      summary: "One person, with wallet and debt",
      tag,
      access,
      answers: one,
      problems: ["user_unknown", "invalid_request"],
    }),
    staff,
    validate("param", PersonParam),
    async (c) => c.json(personDetailView(await readPerson(c.get("deps"), { userId: c.req.valid("param").id }))),
  )
  .post(
    "/:id/state",
    operation({
      id: "setPersonState",
      summary: "Suspend a person, or let them go on",
      tag,
      access,
      hasBody: true,
      answers: one,
      problems: ["user_unknown", "user_state", "own_account"],
    }),
    requireStaff("support", "admin"),
    validate("param", PersonParam),
    validate("json", SetPersonState),
    async (c) => {
      const { state, reason } = c.req.valid("json");
      const input = { userId: c.req.valid("param").id, change: "state" as const, value: state, reason };
      const decided = await decideOnPerson(c.get("deps"), c.get("actor"), { ...input, requestId: c.get("requestId") });
      return c.json(personDetailView(decided));
    },
  )
  .post(
    "/:id/role",
    operation({
      id: "setPersonRole",
      summary: "Appoint somebody, or take a role away; they are signed out everywhere",
      tag,
      access,
      hasBody: true,
      answers: one,
      problems: ["user_unknown", "user_state", "own_account"],
    }),
    requireStaff("admin"),
    validate("param", PersonParam),
    validate("json", SetPersonRole),
    async (c) => {
      const { role, reason } = c.req.valid("json");
      const input = { userId: c.req.valid("param").id, change: "role" as const, value: role, reason };
      const decided = await decideOnPerson(c.get("deps"), c.get("actor"), { ...input, requestId: c.get("requestId") });
      return c.json(personDetailView(decided));
    },
  );
