import { afterEach, beforeEach, expect, test } from "bun:test";
import { startUssdSimulator, type UssdSimulator } from "../../dev/simulators/ussd.ts";

let simulator: UssdSimulator;
let application: ReturnType<typeof Bun.serve>;
let posts: { path: string; type: string; body: string }[];
let answer: (path: string, body: string) => Response | Promise<Response>;

beforeEach(() => {
  posts = [];
  answer = () => new Response("CON Karibu\n1 Kodi");
  application = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const path = new URL(request.url).pathname;
      const body = await request.text();
      posts.push({ path, type: request.headers.get("content-type") ?? "", body });
      return answer(path, body);
    },
  });
  const at = (path: string) => `http://127.0.0.1:${application.port}${path}`;
  simulator = startUssdSimulator({
    ussdUrls: { africastalking: at("/at"), beem: at("/beem") },
    textUrls: { africastalking: at("/at-text"), beem: at("/beem-text") },
    patienceMs: 200,
  });
});
afterEach(async () => {
  await simulator.stop();
  await application.stop(true);
});

const control = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
  const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(`${simulator.url}/control${path}`, init);
  return { status: response.status, ...((await response.json()) as Record<string, unknown>) };
};
const dial = (gateway = "africastalking") => control("POST", "/sessions", { msisdn: "255754100200", gateway });
const press = (sessionId: unknown, input: string) =>
  control("POST", `/sessions/${String(sessionId)}/inputs`, { input });
const textsOf = () => posts.map(({ body }) => new URLSearchParams(body).get("text"));
/** As our application answers Beem. */
const beemSays = (command: string) => (_: string, body: string) => {
  const { msisdn, operator, session_id, payload } = JSON.parse(body) as {
    msisdn: string;
    operator: string;
    session_id: string;
    payload: { request_id: number };
  };
  const said = { request_id: payload.request_id + 1, request: "Karibu" };
  return Response.json({ msisdn, operator, session_id, command, payload: said });
};

test("Africa's Talking sends everything that was typed, as a form", async () => {
  const { sessionId, text, isEnd } = await dial();
  expect({ text, isEnd }).toEqual({ text: "Karibu\n1 Kodi", isEnd: false });
  await press(sessionId, "1");
  await press(sessionId, "1001");
  expect(textsOf()).toEqual(["", "1", "1*1001"]);
  expect(posts[0]!.type).toBe("application/x-www-form-urlencoded");
  expect(new URLSearchParams(posts[0]!.body).get("phoneNumber")).toBe("+255754100200");
});

test("Beem sends the last input with its number, as JSON, and says when somebody hangs up", async () => {
  answer = beemSays("continue");
  const { sessionId } = await dial("beem");
  await press(sessionId, "1");
  await control("DELETE", `/sessions/${String(sessionId)}`);
  expect(posts.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
    { command: "initiate", payload: { request_id: 0, response: 0 } },
    { command: "continue", payload: { request_id: 1, response: "1" } },
    { command: "terminate" },
  ]);
});

test("a session that is over takes no input", async () => {
  answer = () => new Response("END Asante");
  const { sessionId, isEnd } = await dial();
  expect(isEnd).toBe(true);
  expect((await press(sessionId, "1")).status).toBe(409);
  expect((await press("nobody", "1")).status).toBe(404);
});

test("an answer that a gateway would not take is no screen", async () => {
  const wrong = async (gateway: string, body: () => Response | Promise<Response>) => {
    answer = body;
    return (await dial(gateway))["wrong"];
  };
  expect(await wrong("africastalking", () => new Response("Karibu"))).toBe("neither CON nor END");
  expect(await wrong("africastalking", () => new Response(" CON Karibu"))).toBe("neither CON nor END");
  expect(await wrong("africastalking", () => new Response("CON x", { status: 500 }))).toBe("answered 500");
  expect(await wrong("africastalking", () => new Response(`CON ${"x".repeat(183)}`))).toBe("183 units of gsm7");
  expect(await wrong("africastalking", () => new Response("CON “Karibu”"))).toBe("8 units of ucs2");
  expect(await wrong("beem", () => new Response("CON Karibu"))).toBe("not JSON");
  expect(await wrong("beem", () => Response.json({ command: "initiate" }))).toMatch(/^not its answer/);
  expect(await wrong("africastalking", () => new Promise<Response>(() => {}))).toBe("TimeoutError");
});

test("posts twice, once more, or loses our answer when it is armed to", async () => {
  const { sessionId } = await dial();
  posts = [];
  await control("POST", "/arm", { fault: "twice" });
  await press(sessionId, "1");
  await control("POST", "/arm", { fault: "again" });
  await press(sessionId, "1001");
  expect(textsOf()).toEqual(["1", "1", "1*1001", "1"]);
  await control("POST", "/arm", { fault: "lost" });
  expect(await press(sessionId, "1")).toMatchObject({ isEnd: true, wrong: "the answer was lost" });
  expect(textsOf().at(-1)).toBe("1*1001*1");
});

test("a text comes in the words of its gateway", async () => {
  await control("POST", "/texts", { from: "255754100200", text: "HALI" });
  await control("POST", "/texts", { from: "255754100200", text: "HALI", gateway: "beem" });
  expect(Object.fromEntries(new URLSearchParams(posts[0]!.body))).toMatchObject({
    from: "+255754100200",
    text: "HALI",
  });
  expect(posts[1]!.path).toBe("/beem-text");
  expect(JSON.parse(posts[1]!.body)).toMatchObject({ from: "255754100200", message: { text: "HALI" } });
});
