// The simulator's own rules for money out, without the product's client: what it must refuse, make once and tell.
import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { constants, createHash, publicEncrypt } from "node:crypto";
import { type AzamPaySimulator, startAzamPaySimulator } from "../../dev/simulators/azampay.ts";

let simulator: AzamPaySimulator;
let token: string;
beforeAll(async () => {
  simulator = startAzamPaySimulator({ callbackDelayMs: 0 });
  const { appName, clientId, clientSecret } = simulator.settings;
  const answer = await fetch(`${simulator.url}/AppRegistration/GenerateToken`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ appName, clientId, clientSecret }),
  });
  token = ((await answer.json()) as { data: { accessToken: string } }).data.accessToken;
});
afterAll(() => simulator.stop());

const checksum = (text: string, padding = constants.RSA_PKCS1_PADDING): string =>
  publicEncrypt(
    { key: simulator.settings.checksumKeyPem, padding },
    createHash("sha512").update(text).digest(),
  ).toString("base64");

const party = (bankName: string, accountNumber: string) => ({
  countryCode: "TZ",
  fullName: "Asha J",
  bankName,
  accountNumber,
  currency: "TZS",
});

let transfers = 0;
const transfer = (change: Record<string, unknown> = {}, msisdn = "255754123456") => {
  const { sourceAccount } = simulator.settings;
  const externalReferenceId = `ours-${++transfers}`;
  const dateInEpoch = Math.floor(Date.now() / 1_000);
  return {
    source: party("Azampesa", sourceAccount),
    destination: party("Vodacom", msisdn),
    transferDetails: { type: "refund", amount: 3_000, dateInEpoch },
    externalReferenceId,
    checksum: checksum(`${sourceAccount}${msisdn}TZS3000${dateInEpoch}${externalReferenceId}`),
    ...change,
  };
};

const post = async (path: string, body: unknown) => {
  const response = await fetch(`${simulator.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const disburse = (body: unknown) => post("/api/v1/azampay/disburse", body);
const status = async (reference: unknown) =>
  (await (
    await fetch(
      `${simulator.url}/api/v1/azampay/transactionstatus?pgReferenceId=${String(reference)}&bankName=Vodacom`,
      {
        headers: { authorization: `Bearer ${token}` },
      },
    )
  ).json()) as Record<string, unknown>;
const told = async (externalId: string, min = 1) =>
  (await (
    await fetch(`${simulator.url}/control/callbacks?externalId=${externalId}&min=${min}&waitMs=5000`)
  ).json()) as { kind: string; body: string }[];

describe("a disbursement at the simulator", () => {
  it("is made once: the same id again is a duplicate", async () => {
    const body = transfer();
    expect(await disburse(body)).toMatchObject({
      status: 200,
      body: { success: true, pgReferenceId: expect.any(String) },
    });
    expect(await disburse(body)).toEqual({
      status: 400,
      body: { success: false, pgReferenceId: null, message: "Duplicate External Reference Id", statusCode: 400 },
    });
  });

  it("needs a checksum that decrypts to what was sent, in the old padding", async () => {
    const changed = transfer();
    changed.transferDetails.amount = 3_001;
    for (const body of [transfer({ checksum: undefined }), transfer({ checksum: "AAAA" }), changed]) {
      expect((await disburse(body)).body).toMatchObject({ success: false, message: "Invalid checksum" });
    }
    const oaep = transfer();
    const { sourceAccount } = simulator.settings;
    const text = `${sourceAccount}255754123456TZS3000${oaep.transferDetails.dateInEpoch}${oaep.externalReferenceId}`;
    oaep.checksum = checksum(text, constants.RSA_PKCS1_OAEP_PADDING);
    expect((await disburse(oaep)).body).toMatchObject({ message: "Invalid checksum" });
  });

  it("is refused when it is old, and when a name is spelt another way than its mode has it", async () => {
    const { sourceAccount } = simulator.settings;
    const dateInEpoch = Math.floor(Date.now() / 1_000) - 600;
    const old = transfer({ transferDetails: { type: "refund", amount: 3_000, dateInEpoch } });
    old.checksum = checksum(`${sourceAccount}255754123456TZS3000${dateInEpoch}${old.externalReferenceId}`);
    expect((await disburse(old)).body).toMatchObject({ message: "Request expired" });
    for (const name of ["vodacom", "VODACOM", "Mpesa", "tigo"]) {
      expect((await disburse(transfer({ destination: party(name, "255754123456") }))).body).toMatchObject({
        message: "Invalid BankName.",
      });
    }
    simulator.configure({ bankNames: "schema" });
    expect((await disburse(transfer())).body).toMatchObject({ message: "Invalid BankName." });
    simulator.configure({ bankNames: "live" });
  });

  it("takes nothing that its schema does not have", async () => {
    expect((await disburse({ ...transfer(), extra: 1 })).status).toBe(400);
    expect((await disburse(transfer({ externalReferenceId: "x".repeat(31) }))).status).toBe(400);
    expect(
      (await disburse(transfer({ destination: { ...party("Vodacom", "255754123456"), fullName: "<b>" } }))).status,
    ).toBe(400);
  });

  it.each([
    ["00", ["success"]],
    ["01", ["failure"]],
    ["05", ["success", "success", "success"]],
    ["06", ["failure", "success"]],
  ] as const)("to a number that ends in %s is told as %j", async (suffix, statuses) => {
    const body = transfer({}, `2557541234${suffix}`);
    const { body: answer } = await disburse(body);
    const callbacks = await told(body.externalReferenceId, statuses.length);
    expect(callbacks.map((each) => (JSON.parse(each.body) as { status: string }).status)).toEqual([...statuses]);
    expect(callbacks.every(({ kind }) => kind === "disbursement")).toBe(true);
    const last = statuses.at(-1)!;
    expect(await status(answer["pgReferenceId"])).toMatchObject({ data: last, success: true });
  });

  it("is not found under another reference, and a name look-up needs its own checksum", async () => {
    expect(await status("0".repeat(32))).toMatchObject({ data: null, success: false, statusCode: 404 });
    const account = { bankName: "Vodacom", accountNumber: "255754123456" };
    expect(
      (await post("/api/v1/azampay/namelookup", { ...account, checksum: checksum("Vodacom255754123456") })).body,
    ).toMatchObject({ status: true, name: "ASHA JUMA" });
    expect(
      (await post("/api/v1/azampay/namelookup", { ...account, checksum: checksum("255754123456Vodacom") })).body,
    ).toMatchObject({ status: false });
  });
});
