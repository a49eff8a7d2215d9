// `bun run bench <what>`: figures, never tests. Each prints what it measured and on what.
import { parseArgs } from "node:util";
import { benchLedger } from "./bench/ledger.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    settlements: { type: "string", default: "16000" },
    sizes: { type: "string", default: "1000,100000,1000000" },
    write: { type: "boolean", default: false },
  },
});

if (positionals[0] === "ledger") {
  await benchLedger({
    settlements: Number(values.settlements),
    sizes: values.sizes.split(",").map(Number),
    write: values.write,
  });
} else {
  console.error("bench: which one? ledger [--settlements 16000] [--sizes 1000,100000,1000000] [--write]");
  process.exitCode = 1;
}
