// Everything we hold on a person, as one JSON document that is written while it is read: page by page, so that a life of
// rentals takes no more memory than a day of them. A document that broke off is no JSON.
import type { Dependencies } from "../deps.ts";
import type { Actor } from "../lib/actor.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import { openDisputeText } from "../disputes/service.ts";
import { openPayerNumber } from "../payments/service.ts";
import { readProfile } from "../users/service.ts";
import { openRecipient } from "../withdrawals/service.ts";
import { type Cursor, readSection, type Row, type SectionName, sectionNames } from "./repository.ts";
import { FORMAT } from "./schemas.ts";

const PAGE = 500;

/** Throws `account_closed` before the first piece. */
export const exportPerson = async (
  deps: Dependencies,
  actor: Extract<Actor, { kind: "user" }>,
): Promise<AsyncGenerator<string>> => {
  const { phone, email } = await readProfile(deps, actor);
  return write(deps, actor.userId, { phone, email });
};

async function* write(
  deps: Dependencies,
  userId: Id<"usr">,
  person: { phone: string; email: string | null },
): AsyncGenerator<string> {
  yield `{"format":${JSON.stringify(FORMAT)},"exportedAt":"${isoTime(deps.clock.now())}"`;
  for (const name of sectionNames) {
    yield `,\n${JSON.stringify(name)}:[`;
    let after: Cursor | null = null;
    let count = 0;
    for (;;) {
      const page = await readSection(deps.db, name, userId, after, PAGE);
      const rows = await Promise.all(page.map(({ row }) => open(deps, name, row, person)));
      const texts = rows.map((row) => withoutStaff(JSON.stringify(row), userId));
      if (rows.length > 0) yield `${count === 0 ? "\n" : ",\n"}${texts.join(",\n")}`;
      count += rows.length;
      if (page.length < PAGE) break;
      after = page.at(-1)!.cursor;
    }
    yield "]";
  }
  yield "}\n";
}

/** Who of our people it was is theirs, in whatever column or decision they are named. */
const withoutStaff = (text: string, userId: Id<"usr">): string =>
  text.replaceAll(/\busr_[0-9a-z]{26}\b/g, (id) => (id === userId ? id : "staff"));

/** Sealed columns in the clear. */
const open = async (
  deps: Dependencies,
  name: SectionName,
  row: Row,
  person: { phone: string; email: string | null },
): Promise<Row> => {
  switch (name) {
    case "account": {
      const { phoneSealed: _phone, emailSealed: _email, ...rest } = row;
      return { ...rest, ...person };
    }
    case "payments": {
      const { msisdnSealed, ...rest } = row as { id: Id<"pay">; msisdnSealed: string };
      return { ...rest, phone: `+${await openPayerNumber(deps, rest.id, msisdnSealed)}` };
    }
    case "withdrawals": {
      const { msisdnSealed, recipientSealed, ...rest } = row as {
        id: Id<"wdr">;
        msisdnSealed: string;
        recipientSealed: string;
      };
      const recipient = await openRecipient(deps, { id: rest.id, msisdnSealed, recipientSealed });
      return { ...rest, phone: `+${recipient.msisdn}`, recipientName: recipient.name };
    }
    case "disputes": {
      const { textSealed, ...rest } = row as { id: Id<"dsp">; textSealed: string };
      return { ...rest, text: await openDisputeText(deps, { id: rest.id, textSealed }) };
    }
    case "audit":
      return { ...row, actor: String(row["actor"]).replace(/^staff:.*/, "staff") };
    default:
      return row;
  }
};
