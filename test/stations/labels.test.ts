// What is printed and glued onto stations.
import { beforeAll, describe, expect, it } from "vitest";
import { signIn, staffToken, startApp, type TestApp } from "../http/harness.ts";
import { sql } from "../support/control.ts";
import { createStation, type TestStation } from "../support/factories.ts";
import { readQrs } from "../support/qr-reader.ts";

let app: TestApp;
let token: string;
let renter: string;
const stations: TestStation[] = [];
const print = async (query: string) => {
  const response = await app.request("GET", `/api/v1/admin/labels.html?${query}`, { token });
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const draw = async ({ id }: TestStation) => {
  const response = await app.request("GET", `/api/v1/admin/stations/${id}/label.svg`, { token });
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const pageOf = ({ code }: TestStation) => `https://chajipoa.co.tz/s/${code}`;

beforeAll(async () => {
  app = startApp({
    settings: { PUBLIC_BASE_URL: "https://chajipoa.co.tz", USSD_DIAL_CODE: "*149*46#", SMS_NUMBER: "15054" },
  });
  ({ accessToken: renter } = await signIn(app));
  token = await staffToken(app, renter);
  for (let n = 0; n < 6; n++) stations.push(await createStation());
});

describe("a label", () => {
  it("is an SVG with the code of the public page, the number, and what to do in Swahili", async () => {
    const [station] = stations;
    const { status, headers, text } = await draw(station!);
    expect([status, headers.get("Content-Type")]).toEqual([200, "image/svg+xml; charset=utf-8"]);
    expect(readQrs(text)).toEqual([pageOf(station!)]);
    expect(text).toMatch(new RegExp(`>\\s*${station!.code}\\s*</text>`));
    for (const words of [
      "NAMBA YA KITUO",
      "Skani QR kwa kamera ya simu yako",
      "Lipia kwa simu, chukua power bank",
      "Irudishe kituo chochote cha ChajiPoa",
    ])
      expect(text).toContain(words);
    expect(text).toContain("Piga *149*46#");
    expect(text).toContain(`KODI ${station!.code} kwenda 15054`);
    expect(text).toMatch(/^<svg[^>]* width="95mm"\s+height="138mm"/);
  });

  it("promises no way in that there is not, and no price, which would outlive its truth", async () => {
    const bare = startApp({ settings: { USSD_DIAL_CODE: "", SMS_NUMBER: "" } });
    const response = await bare.request("GET", `/api/v1/admin/stations/${stations[0]!.id}/label.svg`, { token });
    expect(await response.text()).not.toMatch(/Piga|KODI|1,000|Sh |TZS/);
  });

  it("shows a name as text and in full, whatever its length", async () => {
    const [, station] = stations;
    await sql("update stations set name = $2 where id = $1", [
      station!.id,
      "Chuo & <b>Kikuu</b> cha Dar es Salaam, Mlimani City",
    ]);
    const { text } = await draw(station!);
    expect(text).not.toContain("<b>");
    const shown = [...text.matchAll(/<text[^>]*>\s*([^<]*?)\s*<\/text>/g)].map(([, words]) => words);
    expect(shown).toEqual(
      expect.arrayContaining(["Chuo &amp; &lt;b&gt;Kikuu&lt;/b&gt; cha Dar", "es Salaam, Mlimani City"]),
    );
  });

  it("is the staff's to print", async () => {
    expect(
      (await app.call("GET", `/api/v1/admin/stations/${stations[0]!.id}/label.svg`, { token: renter })).status,
    ).toBe(403);
    expect(
      (await app.call("GET", `/api/v1/admin/labels.html?stations=${stations[0]!.code}`, { token: renter })).status,
    ).toBe(403);
    const { status } = await app.call("GET", `/api/v1/admin/stations/stn_${"0".repeat(26)}/label.svg`, { token });
    expect(status).toBe(404);
  });
});

describe("sheets", () => {
  it("are pages of A4 with four labels each, in the order that was asked for", async () => {
    const wanted = [stations[4]!, stations[0]!, stations[2]!, stations[3]!, stations[0]!];
    const { status, text, headers } = await print(`stations=${wanted.map(({ code }) => code).join(",")}`);
    expect([status, headers.get("Content-Security-Policy")]).toEqual([
      200,
      expect.stringContaining("default-src 'none'"),
    ]);
    expect(text).toMatch(/@page\s*{\s*size: A4 portrait;\s*margin: 0;/);
    expect(text.match(/<section class="four">/g)).toHaveLength(2);
    expect([...text.matchAll(/aria-label="ChajiPoa (\d+)"/g)].map(([, code]) => code)).toEqual(
      wanted.map(({ code }) => code),
    );
    expect(readQrs(text)).toEqual(wanted.map(pageOf));
    expect(text).not.toContain("<script");
  });

  it("may be as large as the paper, one label each", async () => {
    const { text } = await print(`stations=${stations[0]!.code},${stations[2]!.code}&perSheet=1`);
    expect(text.match(/<section class="one">/g)).toHaveLength(2);
  });

  it("are refused as a whole for a number that no station has, which is named", async () => {
    const { status, body } = await app.call("GET", `/api/v1/admin/labels.html?stations=${stations[0]!.code},4321`, {
      token,
    });
    expect([status, body["code"], body["errors"]]).toEqual([
      404,
      "station_unknown",
      [{ path: "stations.1", code: "station_unknown" }],
    ]);
    for (const query of [
      "stations=",
      "stations=abc",
      `stations=${Array(101).fill("1001").join(",")}`,
      "stations=1001&perSheet=2",
    ])
      expect((await print(query)).status).toBe(400);
  });
});
