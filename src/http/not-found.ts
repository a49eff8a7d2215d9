import type { Hono, NotFoundHandler } from "hono";
import { AppError } from "../errors.ts";
import type { AppEnv } from "./app-env.ts";
import { problemResponse } from "./problem.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** 405 with Allow where another method is served, else 404. */
export const notFound =
  (app: Hono<AppEnv>): NotFoundHandler<AppEnv> =>
  (c) => {
    const allowed = METHODS.filter((method) =>
      app.router.match(method, c.req.path)[0].some(([[, route]]) => route.method === method),
    );
    if (allowed.length === 0) return problemResponse(c, new AppError("not_found"));
    c.header("Allow", allowed.includes("GET") ? ["HEAD", ...allowed].join(", ") : allowed.join(", "));
    return problemResponse(c, new AppError("method_not_allowed"));
  };
