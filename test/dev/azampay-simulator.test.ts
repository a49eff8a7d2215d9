// Delivery of callbacks by the payment provider's simulator, against a receiver of our own.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { startAzamPaySimulator, type AzamPaySimulator } from "../../dev/simulators/azampay.ts";
import { fromBase64, utf8 } from "../../src/lib/bytes.ts";

interface Received {
  body: Record<string, unknown>;
  text: string;
  atMs: number;
}

interface CallbackView {
  id: string;
  body: string;
  state: string;
  attempts: { atMs: number; status: number | null }[];
}

const BASE_MS = 20;

let received: Received[] = [];
let answers: (number | "hang")[] = [];
let receiver: Bun.Server<undefined>;
let simulator: AzamPaySimulator;

beforeEach(() => {
  received = [];
  answers = [];
  receiver = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const text = await request.text();
      received.push({ text, body: JSON.parse(text) as Record<string, unknown>, atMs: performance.now() });
      const answer = answers.shift() ?? 200;
      if (answer === "hang") return new Promise<Response>(() => undefined);
      return Response.json({ success: answer === 200 }, { status: answer });
    },
  });
  simulator = startAzamPaySimulator({
    callbackUrl: `http://127.0.0.1:${receiver.port}/callback`,
    callbackPassword: "let-me-in",
    callbackDelayMs: 0,
    callbackTimeoutMs: 100,
    retryBaseMs: BASE_MS,
    retryLimit: 3,
  });
});

afterEach(async () => {
  await simulator.stop();
  await receiver.stop(true);
});

const call = async (path: string, method = "GET", body?: unknown, headers: Record<string, string> = {}) => {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  return fetch(`${simulator.url}${path}`, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...init,
  });
};

const json = async <T>(response: Response): Promise<T> => (await response.json()) as T;

const checkout = async (suffix: string, externalId = `ours-${suffix}`, amount = "2000") => {
  const { appName, clientId, clientSecret, apiKey } = simulator.settings;
  const token = await call("/AppRegistration/GenerateToken", "POST", { appName, clientId, clientSecret });
  const { data } = await json<{ data: { accessToken: string } }>(token);
  const body = { accountNumber: `2557541234${suffix}`, amount, currency: "TZS", externalId, provider: "Mpesa" };
  const headers = { authorization: `Bearer ${data.accessToken}`, "x-api-key": apiKey };
  return json<{ transactionId: string; success: boolean }>(await call("/azampay/mno/checkout", "POST", body, headers));
};

/** The callbacks of a payment once `min` of them were delivered or given up. */
const settled = async (externalId: string, min = 1): Promise<CallbackView[]> =>
  json(await call(`/control/callbacks?externalId=${externalId}&settled=true&min=${min}&waitMs=5000`));

const membersOf = (body: Record<string, unknown>): string => Object.keys(body).toSorted().join(" ");

const publicKey = async (): Promise<CryptoKey> => {
  const { pem } = await json<{ pem: string }>(await call("/control/key"));
  const der = fromBase64(pem.replace(/-----[^-]+-----|\s/g, ""));
  return crypto.subtle.importKey("spki", der, { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, false, ["verify"]);
};

const isSignedBy = async (key: CryptoKey, body: Record<string, unknown>): Promise<boolean> => {
  const { utilityref, externalreference, transactionstatus, operator, signature } = body as Record<string, string>;
  const text = `${utilityref}${externalreference}${transactionstatus}${operator}`;
  return crypto.subtle.verify("RSASSA-PKCS1-v1_5", key, fromBase64(signature!), utf8(text));
};

test("sends the documented shape, signed over the four fields", async () => {
  const { transactionId } = await checkout("00");
  await settled("ours-00");
  const { body } = received[0]!;
  expect(membersOf(body)).toBe(
    "additionalProperties amount clientId externalreference message mnoreference msisdn operator password reference " +
      "signature submerchantAcc transactionstatus transid user utilityref",
  );
  expect(body).toMatchObject({
    utilityref: "ours-00",
    transid: transactionId,
    reference: transactionId,
    externalreference: transactionId,
    transactionstatus: "success",
    amount: "2000",
    msisdn: "255754123400",
    operator: "Mpesa",
    password: "let-me-in",
  });
  expect(await isSignedBy(await publicKey(), body)).toBe(true);
});

test("repeats a callback that is not answered 200, each time after twice the wait", async () => {
  answers = [500, 404, 202, 200];
  await checkout("00");
  const [callback] = await settled("ours-00");
  expect(callback!.state).toBe("delivered");
  expect(callback!.attempts.map((attempt) => attempt.status)).toEqual([500, 404, 202, 200]);
  expect(new Set(received.map((item) => item.text)).size).toBe(1);
  const gaps = received.slice(1).map((item, index) => item.atMs - received[index]!.atMs);
  for (const [index, gap] of gaps.entries()) expect(gap).toBeGreaterThanOrEqual(BASE_MS * 2 ** index - 2);
});

test("gives up after the limit of repetitions", async () => {
  answers = [500, 500, 500, 500, 500];
  await checkout("00");
  const [callback] = await settled("ours-00");
  expect(callback!.state).toBe("given_up");
  expect(received).toHaveLength(4);
});

test("repeats a callback that nobody answers in time", async () => {
  answers = ["hang", 200];
  await checkout("00");
  const [callback] = await settled("ours-00");
  expect(callback!.attempts.map((attempt) => attempt.status)).toEqual([null, 200]);
});

test("05 sends the same bytes three times", async () => {
  await checkout("05");
  await settled("ours-05", 3);
  expect(received).toHaveLength(3);
  expect(new Set(received.map((item) => item.text)).size).toBe(1);
});

test("04 calls back before it answers the checkout", async () => {
  const { transactionId } = await checkout("04");
  expect(received.map((item) => item.body["transid"])).toEqual([transactionId]);
});

test("06 sends a failure and then the success", async () => {
  await checkout("06");
  await settled("ours-06", 2);
  expect(received.map((item) => item.body["transactionstatus"])).toEqual(["failure", "success"]);
});

test.each([
  ["01", "failure"],
  ["02", "failure"],
  ["12", "failed"],
])("%s says %s", async (suffix, word) => {
  await checkout(suffix);
  await settled(`ours-${suffix}`);
  expect(received.map((item) => item.body["transactionstatus"])).toEqual([word]);
});

test("03 never calls back", async () => {
  await checkout("03");
  // The payment after it has its callback; the one before it would have gone out first.
  await checkout("00");
  await settled("ours-00");
  expect(received.map((item) => item.body["utilityref"])).toEqual(["ours-00"]);
});

test("07 names another amount", async () => {
  await checkout("07");
  await settled("ours-07");
  expect(received[0]!.body["amount"]).toBe("1999");
});

test("08 names a payment that nobody made", async () => {
  await checkout("08");
  await settled("ours-08");
  expect(received[0]!.body["utilityref"]).not.toBe("ours-08");
});

test("09 is not signed", async () => {
  await checkout("09");
  await settled("ours-09");
  expect(received[0]!.body["signature"]).toBeNull();
});

test("10 carries a signature that its key does not confirm", async () => {
  await checkout("10");
  await settled("ours-10");
  expect(await isSignedBy(await publicKey(), received[0]!.body)).toBe(false);
});

test("11 is signed by a new key", async () => {
  const old = await publicKey();
  await checkout("11");
  await settled("ours-11");
  const { body } = received[0]!;
  expect([await isSignedBy(old, body), await isSignedBy(await publicKey(), body)]).toEqual([false, true]);
});

test("13 sends the ten members of the capture and nothing else", async () => {
  await checkout("13");
  await settled("ours-13");
  expect(membersOf(received[0]!.body)).toBe(
    "amount externalreference message mnoreference msisdn operator reference transactionstatus transid utilityref",
  );
});

test("14, 15 and 16 send nulls, a number and the old shape", async () => {
  await checkout("14");
  await settled("ours-14");
  await checkout("15");
  await settled("ours-15");
  await checkout("16");
  await settled("ours-16");
  const [nulls, number, old] = received.map((item) => item.body);
  expect(nulls).toMatchObject({ user: null, password: null, clientId: null });
  expect(number!["amount"]).toBe(2000);
  expect(membersOf(old!)).toBe(
    "additionalProperties amount fspReferenceId message msisdn operator reference submerchantAcc transactionstatus utilityref",
  );
});

test("a prompt waits until the handset acts, and an ignored one can still be approved", async () => {
  const { transactionId } = await checkout("56");
  const act = (action: string) => call(`/control/prompts/${transactionId}`, "POST", { action });
  expect(await json<unknown[]>(await call("/control/prompts?state=waiting"))).toHaveLength(1);
  expect((await act("ignore")).status).toBe(200);
  expect(received).toHaveLength(0);
  expect((await act("approve")).status).toBe(200);
  await settled("ours-56");
  expect(received.map((item) => item.body["transactionstatus"])).toEqual(["success"]);
  expect((await act("refuse")).status).toBe(404);
});

test("in auto mode the handset approves by itself", async () => {
  simulator.configure({ mode: "auto" });
  await checkout("56");
  await settled("ours-56");
  expect(received.map((item) => item.body["transactionstatus"])).toEqual(["success"]);
});

test("a script armed for one payment overrides its number, once", async () => {
  await call("/control/arm", "POST", { externalId: "armed", behaviour: "user_cancels", fields: { amount: "5" } });
  await checkout("00", "armed");
  await settled("armed");
  await checkout("00", "plain");
  await settled("plain");
  const seen = received.map(({ body }) => [body["utilityref"], body["transactionstatus"], body["amount"]]);
  expect(seen).toEqual([
    ["armed", "failure", "5"],
    ["plain", "success", "2000"],
  ]);
});

test("holds a checkout before it is accepted and its callback before it is sent", async () => {
  const hold = ["before_accept", "before_callback"];
  await call("/control/arm", "POST", { externalId: "held", hold });
  const answer = checkout("00", "held");
  const release = async (point: string) => {
    const [held] = await json<{ id: string; point: string }[]>(await call("/control/holds?waitMs=5000"));
    expect(held!.point).toBe(point);
    return call(`/control/holds/${held!.id}`, "POST", {});
  };
  await json(await call("/control/holds?waitMs=5000"));
  expect(await json<unknown[]>(await call("/control/transactions"))).toHaveLength(0);
  await release("before_accept");
  expect((await answer).success).toBe(true);
  await json(await call("/control/holds?waitMs=5000"));
  expect(received).toHaveLength(0);
  await release("before_callback");
  await settled("held");
  expect(received).toHaveLength(1);
});
