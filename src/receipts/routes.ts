import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { publicRead, requireRenter } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { validate } from "../http/validate.ts";
import { chooseLocale } from "../lib/i18n.ts";
import { creditNotePage, RECEIPT_CSP, receiptPage } from "./routes-page.ts";
import { ReceiptPage, ReceiptsQuery, ReceiptToken, receiptView } from "./schemas.ts";
import { readDocumentByToken, readReceipts } from "./service.ts";

/** Mounted at /r: the link in the text message. Whoever has it may read it; it names no person. */
export const receiptPages = new Hono<AppEnv>().get(
  "/:token",
  operation({
    id: "showReceipt",
    summary: "A receipt or a credit note as a page",
    tag: "rentals",
    access: "public",
    answers: { 200: { description: "A printable page in the language of Accept-Language", type: "text/html" } },
    problems: ["receipt_not_ready", "invalid_request"],
  }),
  publicRead,
  validate("param", ReceiptToken),
  async (c) => {
    const { token } = c.req.valid("param");
    const found = await readDocumentByToken(c.get("deps"), token);
    const locale = chooseLocale(c.req.header("Accept-Language"));
    const link = `${c.get("deps").config.PUBLIC_BASE_URL}/r/${token}`;
    const page =
      found.kind === "receipt"
        ? receiptPage(found.receipt, locale, link)
        : creditNotePage(found.creditNote, locale, link);
    return c.html(page, 200, { "Content-Security-Policy": RECEIPT_CSP, "X-Robots-Tag": "noindex" });
  },
);

/** Mounted below /users. */
export const receiptHistory = new Hono<AppEnv>().get(
  "/receipts",
  operation({
    id: "listReceipts",
    summary: "My receipts, newest first, with what was taken back of each",
    tag: "rentals",
    access: "renter",
    answers: { 200: { description: "A page", schema: ReceiptPage } },
    problems: ["invalid_request"],
  }),
  requireRenter,
  validate("query", ReceiptsQuery),
  async (c) => {
    const { cursor = null, limit } = c.req.valid("query");
    const { items, nextCursor } = await readReceipts(c.get("deps"), c.get("actor"), { cursor, limit });
    return c.json({ items: items.map(receiptView), nextCursor });
  },
);
