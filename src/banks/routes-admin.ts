// Power banks, for staff. Mounted at /admin/power-banks.
import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireStaff } from "../http/guards.ts";
import { idempotent } from "../http/idempotency.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import {
  BankPage,
  BankParam,
  BankReadingView,
  bankReadingView,
  BankService,
  BanksQuery,
  BankView,
  bankView,
  RegisterBanks,
  RegisteredBanksView,
  RetireBank,
  TakeBank,
} from "./schemas.ts";
import { listBanks, readBank, registerBanks, retireBank, setBankService, takeBank } from "./service.ts";

const tag = "fleet";
const access = "staff";
const one = { 200: { description: "The power bank as it is now", schema: BankView } };

export const banksAdmin = new Hono<AppEnv>()
  .get(
    "/",
    operation({
      id: "listPowerBanks",
      summary: "Power banks, by place, by station, those that are held back, or those in your own hands",
      tag,
      access,
      answers: { 200: { description: "A page", schema: BankPage } },
      problems: ["invalid_request"],
    }),
    requireStaff("agent", "support", "admin"),
    validate("query", BanksQuery),
    async (c) => {
      const { cursor = null, heldBy, ...filter } = c.req.valid("query");
      const isMine = heldBy === "me";
      const { items, nextCursor } = await listBanks(c.get("deps"), c.get("actor"), { ...filter, isMine, cursor });
      return c.json({ items: items.map(bankView), nextCursor });
    },
  )
  .post(
    "/",
    operation({
      id: "registerPowerBanks",
      summary: "Enter power banks into the fleet",
      tag,
      access,
      hasBody: true,
      answers: { 200: { description: "Which are new", schema: RegisteredBanksView } },
    }),
    requireStaff("admin"),
    validate("json", RegisterBanks),
    async (c) => {
      const input = { ...c.req.valid("json"), requestId: c.get("requestId") };
      return c.json(await registerBanks(c.get("deps"), c.get("actor"), input));
    },
  )
  .get(
    "/:id",
    operation({
      id: "readPowerBank",
      summary: "One power bank: where it is, how often it was out, how often it failed, its last movements",
      tag,
      access,
      answers: { 200: { description: "The power bank", schema: BankReadingView } },
      problems: ["bank_unknown", "invalid_request"],
    }),
    requireStaff("agent", "support", "admin"),
    validate("param", BankParam),
    async (c) => c.json(bankReadingView(await readBank(c.get("deps"), c.req.valid("param").id))),
  )
  .post(
    "/:id/service",
    operation({
      id: "setPowerBankService",
      summary: "Hold a power bank back wherever it is, or let it be given again",
      tag,
      access,
      hasBody: true,
      answers: one,
      problems: ["bank_unknown", "bank_state"],
    }),
    requireStaff("agent", "admin"),
    validate("param", BankParam),
    validate("json", BankService),
    async (c) => {
      const input = { powerBankId: c.req.valid("param").id, ...c.req.valid("json"), requestId: c.get("requestId") };
      return c.json(bankView(await setBankService(c.get("deps"), c.get("actor"), input)));
    },
  )
  .post(
    "/:id/take",
    operation({
      id: "takePowerBank",
      summary: "A technician has the power bank in hand, or brought it to the depot",
      tag,
      access,
      hasBody: true,
      isIdempotent: true,
      answers: one,
      problems: ["bank_unknown", "bank_state"],
    }),
    requireStaff("agent", "admin"),
    idempotent,
    validate("param", BankParam),
    validate("json", TakeBank),
    async (c) => {
      const input = {
        powerBankId: c.req.valid("param").id,
        ...c.req.valid("json"),
        use: c.get("idempotency"),
        requestId: c.get("requestId"),
      };
      const { bank, isReplay } = await takeBank(c.get("deps"), c.get("actor"), input);
      return c.json(bankView(bank), 200, isReplay ? { "Idempotency-Replayed": "true" } : {});
    },
  )
  .post(
    "/:id/retire",
    operation({
      id: "retirePowerBank",
      summary: "Take a power bank out of the fleet for good",
      tag,
      access,
      hasBody: true,
      answers: one,
      problems: ["bank_unknown", "bank_state"],
    }),
    requireStaff("admin"),
    validate("param", BankParam),
    validate("json", RetireBank),
    async (c) => {
      const input = { powerBankId: c.req.valid("param").id, ...c.req.valid("json"), requestId: c.get("requestId") };
      return c.json(bankView(await retireBank(c.get("deps"), c.get("actor"), input)));
    },
  );
