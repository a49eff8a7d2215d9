// The HTTP surface: what every request goes through, and where each feature is mounted.
import { Hono } from "hono";
import { auth, wellKnown } from "./auth/routes.ts";
import type { AppEnv, MakeDependencies } from "./http/app-env.ts";
import { bodyLimit } from "./http/body-limit.ts";
import { notFound } from "./http/not-found.ts";
import { onError } from "./http/problem.ts";
import { requestContext } from "./http/request-context.ts";
import { preflight, responseHeaders } from "./http/response-headers.ts";
import { ledgerAdmin } from "./ledger/routes-admin.ts";
import { wallet } from "./ledger/routes.ts";
import { health } from "./monitoring/routes.ts";
import { payments } from "./payments/routes.ts";
import { adminReceipts } from "./receipts/routes-admin.ts";
import { receiptPages } from "./receipts/routes.ts";
import { history, rentals } from "./rentals/routes.ts";
import { live, stationWire } from "./stations/routes-wire.ts";
import { quotes, stations } from "./stations/routes.ts";
import { users } from "./users/routes.ts";
import { withdrawalsAdmin } from "./withdrawals/routes-admin.ts";
import { disbursementCallbacks, withdrawals } from "./withdrawals/routes.ts";

/** One per isolate: it holds what is counted while Redis is away. */
export const createApp = (makeDependencies: MakeDependencies) => {
  const app = new Hono<AppEnv>();
  app.onError(onError);
  app.notFound(notFound(app));
  app.use(responseHeaders, requestContext(makeDependencies), preflight, bodyLimit);
  app.route("/health", health);
  app.route("/.well-known", wellKnown);
  app.route("/r", receiptPages);
  app.route("/api/v1/auth", auth);
  app.route("/api/v1/users", users);
  app.route("/api/v1/users", history);
  app.route("/api/v1/users", wallet);
  app.route("/api/v1/users", withdrawals);
  app.route("/api/v1/withdrawals", disbursementCallbacks);
  app.route("/api/v1/admin", withdrawalsAdmin);
  app.route("/api/v1/admin", ledgerAdmin);
  app.route("/api/v1/rentals", rentals);
  app.route("/api/v1/rentals", live);
  app.route("/api/v1/payments", payments);
  app.route("/api/v1/stations", stations);
  app.route("/api/v1/stations", stationWire);
  app.route("/api/v1/quotes", quotes);
  app.route("/api/v1/admin/receipts", adminReceipts);
  return app;
};
