// The device at the authority: its registration, its tokens, its books. Decides with a code; the door puts it on the wire.
import { fromBase64, utf8 } from "../../../src/lib/bytes.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../src/lib/clock.ts";
import { emptyBooks, judgeReceipt, judgeReport } from "./documents.ts";
import { type Kept, keepIn, readKept } from "./kept.ts";
import { ACK_MESSAGES, type TraSettings } from "./settings.ts";
import { childOf, type Element, parseXml, shapeOf, textOf, XmlError } from "./xml.ts";

/** A device's clock may be this far ahead. */
const CLOCK_TOLERANCE_MS = MINUTE_MS;
const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-1" } as const;

export const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

export interface Judgement {
  ackCode: number;
  number: string | null;
  problems: string[];
  answer: string;
}

export interface AuthorityHost {
  settings(): TraSettings;
  nowMs(): number;
  /** Documents that are being judged right now. */
  running(): number;
  /** What was accepted is kept there over a restart; null: nowhere. */
  stateFile: string | null;
}

export const createAuthority = ({ settings: read, nowMs, running, stateFile }: AuthorityHost) => {
  const tokens = new Map<string, number>();
  const kept: Kept = readKept(stateFile) ?? { books: emptyBooks(read().globalCounter), accepted: [] };
  const { books, accepted } = kept;
  const facts = () => ({ ...read(), serial: read().certKey });

  const isSigned = async (signed: Element, signature: string): Promise<boolean> => {
    const { publicKey } = read();
    if (publicKey === null) return false;
    const key = await crypto.subtle.importKey("spki", fromBase64(publicKey), ALGORITHM, false, ["verify"]);
    try {
      return await crypto.subtle.verify(ALGORITHM.name, key, fromBase64(signature), utf8(signed.source));
    } catch {
      return false;
    }
  };

  const register = async (request: Request, text: string): Promise<Judgement> => {
    const settings = read();
    const root = parseXml(text);
    const problems: string[] = [];
    if (shapeOf(root) !== "REGDATA EFDMSSIGNATURE") problems.push("shape");
    const data = childOf(root, "REGDATA");
    let ackCode = 0;
    if (request.headers.get("client") !== "webapi") ackCode = 7;
    else if (request.headers.get("cert-serial") !== btoa(settings.certSerial)) ackCode = 8;
    else if (!(await isSigned(data, textOf(root, "EFDMSSIGNATURE")))) ackCode = 1;
    else if (textOf(data, "TIN") !== settings.tin) ackCode = 3;
    else if (textOf(data, "CERTKEY") !== settings.certKey) ackCode = 6;
    else if (problems.length > 0) ackCode = 5;
    const [a, b, c, d] = settings.taxPercents;
    const body =
      ackCode !== 0
        ? ""
        : `<REGID>${settings.regId}</REGID><SERIAL>${settings.certKey}</SERIAL><UIN>${settings.uin}</UIN><TIN>${settings.tin}</TIN><VRN>${settings.vrn}</VRN>` +
          `<MOBILE>0754123456</MOBILE><ADDRESS>PO BOX 1</ADDRESS><STREET>Msimbazi &amp; Uhuru</STREET><CITY>Dar es Salaam</CITY><COUNTRY>Tanzania</COUNTRY><NAME>${escape(settings.name)}</NAME>` +
          `<RECEIPTCODE>${settings.receiptCode}</RECEIPTCODE><REGION>Ilala</REGION><ROUTINGKEY>vfdrct</ROUTINGKEY><GC>${books.globalCounter}</GC><TAXOFFICE>Tax Office Ilala</TAXOFFICE>` +
          `<USERNAME>${escape(settings.username)}</USERNAME><PASSWORD>${escape(settings.password)}</PASSWORD><TOKENPATH>vfdtoken</TOKENPATH>` +
          `<TAXCODES><CODEA>${a}</CODEA><CODEB>${b}</CODEB><CODEC>${c}</CODEC><CODED>${d}</CODED></TAXCODES>`;
    return {
      ackCode,
      number: null,
      problems,
      answer: `<EFDMS><EFDMSRESP><ACKCODE>${ackCode}</ACKCODE><ACKMSG>${ACK_MESSAGES[ackCode]}</ACKMSG>${body}</EFDMSRESP><EFDMSSIGNATURE>c2ln</EFDMSSIGNATURE></EFDMS>`,
    };
  };

  const token = (request: Request, text: string): Response => {
    const settings = read();
    const form = new URLSearchParams(text);
    const isForm = request.headers.get("content-type")?.startsWith("application/x-www-form-urlencoded") === true;
    const isRight =
      isForm &&
      form.get("username") === settings.username &&
      form.get("password") === settings.password &&
      form.get("grant_type") === "password";
    if (!isRight)
      return Response.json(
        { error: "invalid_grant" },
        { status: 400, headers: { ACKCODE: "5", ACKMSG: "Invalid username or password" } },
      );
    const value = crypto.randomUUID().replaceAll("-", "");
    tokens.set(value, nowMs() + settings.tokenSeconds * SECOND_MS);
    return Response.json(
      { access_token: value, token_type: "bearer", expires_in: settings.tokenSeconds },
      { headers: { ACKCODE: "0", ACKMSG: "Success" } },
    );
  };

  const hasToken = (request: Request): boolean => {
    const [, value = ""] = /^bearer (.+)$/.exec(request.headers.get("authorization") ?? "") ?? [];
    return (tokens.get(value) ?? 0) > nowMs();
  };

  const document = async (kind: "receipt" | "z_report", request: Request, text: string): Promise<Judgement> => {
    const root = parseXml(text);
    const [name, numberName, ack, routingKey] =
      kind === "receipt"
        ? (["RCT", "RCTNUM", "RCTACK", "vfdrct"] as const)
        : (["ZREPORT", "ZNUMBER", "ZACK", "vfdzreport"] as const);
    if (shapeOf(root) !== `${name} EFDMSSIGNATURE` || root.name !== "EFDMS") throw new XmlError("shape of EFDMS");
    const body = childOf(root, name);
    const number = textOf(body, numberName);
    const before = accepted.find((each) => each.kind === kind && each.number === number);
    if (before?.text === text) return { ackCode: 0, number, problems: ["resent"], answer: before.answer };
    const now = new Date(nowMs() + CLOCK_TOLERANCE_MS + 3 * HOUR_MS).toISOString().slice(0, 19).replace("T", " ");
    const judged = (kind === "receipt" ? judgeReceipt : judgeReport)(body, facts(), books, now);
    const problems = [...judged.problems];
    if (before) problems.push("changed_after_accepted");
    if (request.headers.get("content-type") !== "application/xml") problems.push("content_type");
    if (request.headers.get("routing-key") !== routingKey) problems.push("routing_key");
    if (running() > 1) problems.push("two_at_once");
    let ackCode = 0;
    if (request.headers.get("cert-serial") !== btoa(read().certSerial)) ackCode = 8;
    else if (!(await isSigned(body, textOf(root, "EFDMSSIGNATURE")))) ackCode = 1;
    else if (problems.includes("tin")) ackCode = 3;
    else if (problems.includes("serial")) ackCode = 6;
    else if (problems.length > 0) ackCode = 5;
    const moment = new Date(nowMs() + 3 * HOUR_MS).toISOString();
    const inner = `<${numberName}>${number}</${numberName}><DATE>${moment.slice(0, 10)}</DATE><TIME>${moment.slice(11, 19)}</TIME><ACKCODE>${ackCode}</ACKCODE><ACKMSG>${ACK_MESSAGES[ackCode]}</ACKMSG>`;
    const answer = `<EFDMS><${ack}>${inner}</${ack}><EFDMSSIGNATURE>c2ln</EFDMSSIGNATURE></EFDMS>`;
    if (ackCode === 0) {
      judged.keep();
      accepted.push({ kind, number, text, answer });
      keepIn(stateFile, kept);
    }
    return { ackCode, number, problems, answer };
  };

  return { register, token, hasToken, document, tokens, books, accepted };
};
