// `bun run generate [effect]`: writes every generated file anew: worker types, the next migration (named for its effect), the
// OpenAPI document. `bun run check` proves that there is nothing left to generate.
import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT, runCommand, runTool, type ToolResult } from "./tool.ts";

export const OPENAPI_FILE = "docs/openapi.json";

const GENERATORS = { openapi: "dev/openapi.ts" } as const;

/** True when the tree has the program that writes it. */
export const isGenerated = (what: keyof typeof GENERATORS): Promise<boolean> =>
  access(join(ROOT, GENERATORS[what])).then(
    () => true,
    () => false,
  );

/** The document as `dev/openapi.ts` prints it, in the form in which it is kept. */
export const openApiDocument = async (): Promise<ToolResult> => {
  const printed = await runCommand(process.execPath, [join(ROOT, GENERATORS.openapi)]);
  if (!printed.isSuccess) return printed;
  return { isSuccess: true, output: `${JSON.stringify(JSON.parse(printed.output), null, 2)}\n` };
};

const writeOpenApi = async (): Promise<ToolResult> => {
  if (!(await isGenerated("openapi"))) return { isSuccess: true, output: "" };
  const document = await openApiDocument();
  if (document.isSuccess) await writeFile(join(ROOT, OPENAPI_FILE), document.output);
  return document.isSuccess ? { isSuccess: true, output: `wrote ${OPENAPI_FILE}` } : document;
};

if (import.meta.main) {
  const effect = process.argv[2];
  const results = await Promise.all([
    runTool("wrangler", ["types"]),
    runTool("drizzle-kit", ["generate", ...(effect === undefined ? [] : [`--name=${effect}`])]),
    writeOpenApi(),
  ]);
  for (const { output } of results) if (output.trim()) console.log(output.trim());
  process.exitCode = results.every(({ isSuccess }) => isSuccess) ? 0 : 1;
}
