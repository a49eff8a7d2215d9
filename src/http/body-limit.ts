import type { MiddlewareHandler } from "hono";
import { AppError } from "../errors.ts";
import type { AppEnv } from "./app-env.ts";

export const MAX_BODY_BYTES = 64 * 1024;

/** Refuses a body over 64 KiB before anybody reads it; one without a length is read here, up to the limit. */
export const bodyLimit: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { raw } = c.req;
  if (raw.body) {
    const length = raw.headers.get("Content-Length");
    if (length === null)
      c.req.raw = new Request(raw.url, { method: raw.method, headers: raw.headers, body: await readUpTo(raw.body) });
    else if (!(Number(length) <= MAX_BODY_BYTES)) throw new AppError("payload_too_large");
  }
  await next();
};

const readUpTo = async (body: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    size += chunk.value.length;
    if (size > MAX_BODY_BYTES) {
      await reader.cancel();
      throw new AppError("payload_too_large");
    }
    chunks.push(chunk.value);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
};
