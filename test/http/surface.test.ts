// What every answer has, and what the log is told of it.
import { describe, expect, it } from "vitest";
import { lastCode, newPhone, signIn, startApp, wrongCode } from "./harness.ts";

describe("every answer", () => {
  it("has the security headers, an id and a trace", async () => {
    const app = startApp();
    for (const path of ["/health", "/nowhere", "/api/v1/users/profile"]) {
      const { headers } = await app.call("GET", path);
      expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(headers.get("X-Frame-Options")).toBe("DENY");
      expect(headers.get("Referrer-Policy")).toBe("no-referrer");
      expect(headers.get("Strict-Transport-Security")).toContain("max-age=");
      expect(headers.get("Content-Security-Policy")).toContain("default-src 'none'");
      expect(headers.get("Cache-Control")).toBe("no-store");
      expect(headers.get("X-Request-Id")).toMatch(/^req_/);
      expect(headers.get("traceparent")).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    }
  });

  it("goes on with the caller's trace under a span of its own, and begins one when that is malformed", async () => {
    const app = startApp();
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const { headers } = await app.call("GET", "/health", {
      headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    });
    expect(headers.get("traceparent")).toMatch(new RegExp(`^00-${traceId}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`));
    expect(app.lines.at(-1)).toMatchObject({ traceId });
    for (const traceparent of [
      "x",
      `00-${"0".repeat(32)}-00f067aa0ba902b7-01`,
      `01-${traceId}-00f067aa0ba902b7-01-extra`,
    ]) {
      expect((await app.call("GET", "/health", { headers: { traceparent } })).headers.get("traceparent")).not.toContain(
        traceId,
      );
    }
  });

  it("may be read by the origins of the settings and by no other", async () => {
    const app = startApp({ settings: { CORS_ORIGINS: "https://app.chajipoa.test,https://admin.chajipoa.test" } });
    const from = (origin: string) => app.call("GET", "/health", { headers: { Origin: origin } });
    for (const origin of ["https://app.chajipoa.test", "https://admin.chajipoa.test"]) {
      const { headers } = await from(origin);
      expect(headers.get("Access-Control-Allow-Origin")).toBe(origin);
      expect(headers.get("Vary")).toContain("Origin");
    }
    for (const origin of ["https://evil.test", "null", "https://app.chajipoa.test.evil.test"]) {
      expect((await from(origin)).headers.has("Access-Control-Allow-Origin")).toBe(false);
    }
  });

  it("to a preflight names what is allowed, to a known origin alone", async () => {
    const app = startApp();
    const ask = (origin: string) =>
      app.call("OPTIONS", "/api/v1/auth/login", {
        headers: { Origin: origin, "Access-Control-Request-Method": "POST" },
      });
    const known = await ask("https://app.chajipoa.test");
    expect(known.status).toBe(204);
    expect(known.headers.get("Access-Control-Allow-Methods")).toContain("POST");
    expect(known.headers.get("Access-Control-Allow-Headers")).toContain("Idempotency-Key");
    expect((await ask("https://evil.test")).headers.has("Access-Control-Allow-Methods")).toBe(false);
  });

  it("leaves an answer with fixed headers readable", async () => {
    const app = startApp();
    app.app.get("/fixed", () => Response.redirect("http://chajipoa.test/elsewhere", 302));
    const { status, headers } = await app.call("GET", "/fixed", {});
    expect(headers.get("X-Request-Id")).toMatch(/^req_/);
    expect([status, headers.get("X-Content-Type-Options"), headers.get("Location")]).toEqual([
      302,
      "nosniff",
      "http://chajipoa.test/elsewhere",
    ]);
  });
});

describe("the log", () => {
  it("has one line per request, by the route's pattern", async () => {
    const app = startApp();
    const { accessToken, userId } = await signIn(app);
    app.lines.length = 0;
    const { headers } = await app.call("GET", "/api/v1/users/profile?secret=abc", { token: accessToken });
    await app.call("GET", "/somewhere/0712345678");
    expect(app.lines).toHaveLength(2);
    expect(app.lines[0]).toMatchObject({
      level: "info",
      event: "request",
      method: "GET",
      route: "/api/v1/users/profile",
      status: 200,
      userId,
      actor: "user",
      requestId: headers.get("X-Request-Id"),
      durationMs: 0,
    });
    expect(app.lines[1]).toMatchObject({ route: "unmatched", status: 404, code: "not_found" });
  });

  it("never holds a number, a code, a token or an address", async () => {
    const app = startApp();
    const phone = newPhone();
    const headers = { "CF-Connecting-IP": "203.0.113.77" };
    const { body } = await app.call("POST", "/api/v1/auth/register", {
      json: { phone, name: "Zawadi", locale: "sw" },
      headers,
    });
    const otp = await lastCode(app, phone);
    const challenge = { challengeId: body["challengeId"], phone };
    await app.call("POST", "/api/v1/auth/verify-phone", { json: { ...challenge, otp: wrongCode(otp) }, headers });
    const { body: session } = await app.call("POST", "/api/v1/auth/verify-phone", {
      json: { ...challenge, otp },
      headers,
    });
    const refreshToken = session["refreshToken"] as string;
    await app.call("POST", "/api/v1/auth/refresh", { json: { refreshToken } });
    await app.call("GET", "/api/v1/users/profile", { token: session["accessToken"] as string });
    await app.call("POST", "/api/v1/auth/login", {
      body: `{"phone":"${phone}"`,
      headers: { "Content-Type": "application/json" },
    });
    const log = app.rawLines.join("\n");
    expect(app.rawLines.length).toBeGreaterThanOrEqual(6);
    for (const secret of [
      phone.slice(1),
      otp,
      refreshToken,
      session["accessToken"] as string,
      "203.0.113.77",
      "Zawadi",
    ]) {
      expect(log).not.toContain(secret);
    }
  });
});
