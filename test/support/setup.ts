// Runs in workerd before each test file: a database and a Redis namespace of its own. The handler, the objects and the
// loopback entrypoint see the same `env`, so assigning here is enough.
import { neonConfig } from "@neondatabase/serverless";
import { env } from "cloudflare:workers";
import { beforeAll, inject } from "vitest";
import "./provided.ts";
import { createFileScope } from "./control.ts";

beforeAll(async () => {
  const { database, redisToken } = await createFileScope();
  const neonUrl = `http://127.0.0.1:${inject("neonPort")}/sql`;
  Object.assign(env, {
    NEON_HTTP_URL: neonUrl,
    DATABASE_URL: `postgresql://chajipoa_app:app@db.test/${database}`,
    UPSTASH_REDIS_REST_URL: `http://127.0.0.1:${inject("redisPort")}`,
    UPSTASH_REDIS_REST_TOKEN: redisToken,
  });
  neonConfig.fetchEndpoint = neonUrl;
});
