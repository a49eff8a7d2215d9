import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireRenter } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { EntriesQuery, EntryPage, entryView, WalletView } from "./schemas.ts";
import { readWallet, readWalletEntries } from "./service.ts";

const tag = "wallet";

/** Mounted below /users. */
export const wallet = new Hono<AppEnv>()
  .get(
    "/wallet",
    operation({
      id: "readWallet",
      summary: "What I have, owe and have on hold",
      tag,
      access: "renter",
      answers: { 200: { description: "The wallet", schema: WalletView } },
    }),
    requireRenter,
    async (c) => c.json({ currency: "TZS" as const, ...(await readWallet(c.get("deps"), c.get("actor"))) }),
  )
  .get(
    "/wallet/entries",
    operation({
      id: "listWalletEntries",
      summary: "Movements of my wallet, newest first",
      tag,
      access: "renter",
      answers: { 200: { description: "A page", schema: EntryPage } },
      problems: ["invalid_request"],
    }),
    requireRenter,
    validate("query", EntriesQuery),
    async (c) => {
      const { cursor = null, limit } = c.req.valid("query");
      const page = await readWalletEntries(c.get("deps"), c.get("actor"), { cursor, limit });
      return c.json({ items: page.items.map(entryView), nextCursor: page.nextCursor });
    },
  );
