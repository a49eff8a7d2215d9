// The import rules of the architecture as one oxlint plugin: who may import whom, who may read the environment, and who
// may ask the machine for the time. Plain JavaScript, so that every Node that can start oxlint can load it.
// test/dev/import-rules.test.ts plants a violation of each rule and sees it refused.
import { dirname, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** What a feature shows to others besides service.ts and schemas.ts: pure modules without a verb. */
const shownByFeature = {
  messages: ["gsm7.ts", "templates.ts"],
  pricing: ["quote.ts", "tariff.ts", "projection.ts", "vat.ts"],
  receipts: ["port.ts"],
  stations: ["opening-hours.ts", "port.ts"],
  users: ["phone.ts"],
};

const layers = ["app.ts", "config.ts", "deps.ts", "error-details.ts", "errors.ts", "index.ts"];
/** What calls verbs without HTTP: reports of stations, cron. */
const transports = ["control-plane.ts", "jobs.ts"];
const folders = ["db", "http", "lib", "providers"];

/**
 * @typedef {{ area: string, feature?: string, file: string }} Place
 * `area` is a top-level folder, one of the files and folders directly under src/, or the role of a file in a feature.
 * @type {(path: string) => Place}
 */
const placeOf = (path) => {
  const [top = "", second = "", ...rest] = path.split(sep);
  const file = rest.join("/");
  if (top !== "src") return { area: top, file: path };
  if (file === "" && transports.includes(second)) return { area: "transport", file: path };
  // The codes and what people read of them are one catalogue.
  if (file === "" && second === "error-details.ts") return { area: "errors", file: path };
  if (file === "") return { area: layers.includes(second) ? second.replace(/\.ts$/, "") : "misplaced", file: path };
  if (folders.includes(second)) return { area: second, file };
  if (/(^|\/)routes(-|\.)/.test(file) || second === "web") return { area: "routes", feature: second, file };
  // record.ts is the shape in which the database answers: it belongs to the repository.
  return { area: /(^|\/)(repository|record)(-|\.)/.test(file) ? "repository" : "domain", feature: second, file };
};

/** Areas whose modules an area may use, besides its own; `types` only as types. Features are looked at further below. */
const mayUse = {
  index: {
    values: ["app", "deps", "transport", "errors", "lib", "domain", "durable-objects"],
    types: ["http", "config"],
  },
  app: { values: ["routes", "http", "errors", "lib", "config", "domain"], types: ["deps"] },
  transport: { values: ["domain", "errors", "lib"], types: ["deps", "config"] },
  deps: { values: ["config", "db", "errors", "lib", "providers", "domain"], types: [] },
  routes: { values: ["domain", "http", "errors", "lib"], types: ["deps", "config"] },
  domain: { values: ["repository", "errors", "lib"], types: ["deps", "config"] },
  repository: { values: ["db", "errors", "lib"], types: ["deps", "config", "domain"] },
  http: { values: ["errors", "lib"], types: ["deps", "config"] },
  providers: { values: ["errors", "lib"], types: ["config"] },
  db: { values: ["errors", "lib"], types: [] },
  config: { values: ["lib"], types: [] },
  errors: { values: ["lib"], types: [] },
  lib: { values: [], types: [] },
  "durable-objects": { values: ["errors", "lib"], types: ["domain"] },
};

/** Packages that only some areas know. A type of one is no dependency, except of the server framework. */
const packageRules = [
  { name: /^(drizzle-orm|@neondatabase\/serverless|pg)(\/|$)/, areas: ["repository", "db"], what: "SQL" },
  {
    name: /^(hono|hono-openapi|@hono\/[^/]+)(\/|$)/,
    areas: ["index", "app", "routes", "http"],
    what: "HTTP",
    isAlsoForTypes: true,
  },
  { name: /^@upstash\//, areas: ["deps", "http", "db"], what: "the Redis client" },
  { name: /^cloudflare:/, areas: ["index", "deps", "durable-objects"], what: "the Workers runtime" },
  { name: /^(bun$|bun:)/, areas: [], what: "Bun" },
];

/** @type {(to: Place) => boolean} */
const isShown = (to) =>
  to.file === "service.ts" || to.file === "schemas.ts" || shownByFeature[to.feature]?.includes(to.file) === true;

/** @type {(from: Place, to: Place, isType: boolean) => string | null} */
const refusalOfModule = (from, to, isType) => {
  if (to.area === "dev" || to.area === "test") return "the product never imports dev/ or test/";
  if (to.area === "misplaced") return "a file directly under src/ has no place in the layout";
  const isSameFeature = from.feature !== undefined && from.feature === to.feature;
  if (to.feature !== undefined && from.feature !== undefined && !isSameFeature)
    return refusalOfFeature(from, to, isType);
  if (isSameFeature) return refusalInFeature(from, to, isType);
  if (from.area === to.area && from.feature === undefined) return null;
  if (from.feature !== undefined && to.area === "providers" && to.file === "ports.ts") return null;
  if (from.area === "durable-objects" && to.area === "providers" && to.file === "ports.ts" && isType) return null;
  if (from.feature === "stations" && to.area === "durable-objects" && to.file.endsWith("protocol.ts")) return null;
  const isThroughVerbs = ["index", "app", "transport"].includes(from.area) && to.area === "domain";
  if (isThroughVerbs && !isShown(to))
    return `${from.area} uses a feature through its service.ts, not ${to.feature}/${to.file}`;
  const { values, types } = mayUse[from.area] ?? { values: [], types: [] };
  if (values.includes(to.area) || (isType && types.includes(to.area))) return null;
  return `${from.area} does not import ${to.area}${types.includes(to.area) ? ", except its types" : ""}`;
};

/** @type {(from: Place, to: Place, isType: boolean) => string | null} */
const refusalOfFeature = (from, to, isType) => {
  if (from.feature === "ledger") return "ledger uses no other feature";
  if (from.area === "repository" && to.file === "service.ts" && !isType)
    return "a repository uses no other feature's verbs";
  if (isShown(to) || (from.area === "repository" && to.file === "record.ts")) return null;
  return `a feature uses another feature through its service.ts or schemas.ts alone, not ${to.feature}/${to.file}`;
};

/** Inside a feature imports go down too: routes, then verbs, then SQL. */
const refusalInFeature = (from, to, isType) => {
  if (to.area === "routes" && from.area !== "routes") return "nothing below imports routes";
  if (from.area === "routes" && to.area === "repository") return "routes.ts knows no SQL";
  if (from.area === "repository" && to.file === "service.ts" && !isType)
    return "a repository does not import its service";
  return null;
};

/** @type {(from: Place, name: string, isType: boolean) => string | null} */
const refusalOfPackage = (from, name, isType) => {
  const rule = packageRules.find((one) => one.name.test(name));
  if (!rule || rule.areas.includes(from.area) || (isType && !rule.isAlsoForTypes)) return null;
  return `${from.area === "domain" ? "a service" : from.area} knows no ${rule.what} (${name})`;
};

const isTypeOnly = (node) => {
  if (node.type === "TSImportType" || node.importKind === "type" || node.exportKind === "type") return true;
  const specifiers = node.specifiers ?? [];
  return specifiers.length > 0 && specifiers.every((one) => (one.importKind ?? one.exportKind) === "type");
};

const importedName = (specifier) => specifier.imported?.name ?? specifier.imported?.value;

const layersRule = {
  create(context) {
    const path = relative(root, context.filename);
    const from = placeOf(path);
    if (from.area === "misplaced") {
      return {
        Program: (node) => context.report({ node, message: "a file directly under src/ has no place in the layout" }),
      };
    }
    if (!(from.area in mayUse)) return {};
    const check = (node, source) => {
      if (typeof source?.value !== "string") return;
      const name = source.value;
      const message = name.startsWith(".")
        ? refusalOfModule(from, placeOf(relative(root, resolve(dirname(context.filename), name))), isTypeOnly(node))
        : refusalOfPackage(from, name, isTypeOnly(node));
      if (message) context.report({ node, message });
      const readsEnv = name === "cloudflare:workers" && node.specifiers?.some((one) => importedName(one) === "env");
      if (readsEnv && from.area !== "deps") context.report({ node, message: "only deps.ts reads env" });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source),
      ExportNamedDeclaration: (node) => check(node, node.source),
      ExportAllDeclaration: (node) => check(node, node.source),
      ImportExpression: (node) => check(node, node.source),
      TSImportType: (node) => check(node, node.source ?? node.argument?.literal ?? node.argument),
    };
  },
};

const contextNames = ["c", "ctx", "context"];
const isContext = (node) => node?.type === "Identifier" && contextNames.includes(node.name);

/** Hands the environment to createDependencies and reads nothing of it. */
const requestContext = "src/http/request-context.ts".split("/").join(sep);

/** A request's context carries the environment; only the composition root may take it out. */
const envRule = {
  create(context) {
    const path = relative(root, context.filename);
    const { area } = placeOf(path);
    const isRoot = ["index", "app", "deps", "durable-objects"].includes(area) || path === requestContext;
    if (isRoot || !(area in mayUse)) return {};
    const report = (node) => context.report({ node, message: "only deps.ts reads env; take what you need from deps" });
    return {
      MemberExpression(node) {
        const isEnv = node.computed ? node.property.value === "env" : node.property.name === "env";
        if (isEnv && (isContext(node.object) || node.object.name === "process" || node.object.type === "MetaProperty"))
          report(node);
      },
      VariableDeclarator(node) {
        if (node.id.type !== "ObjectPattern" || !isContext(node.init)) return;
        if (node.id.properties.some((one) => one.key?.name === "env")) report(node);
      },
    };
  },
};

/** Time and chance come from deps, so that tests can hold them still. src/lib is where they enter. */
const ambientRule = {
  create(context) {
    const { area } = placeOf(relative(root, context.filename));
    if (area === "lib" || !(area in mayUse)) return {};
    const report = (node, what) =>
      context.report({ node, message: `${what} is not repeatable; use deps.clock or deps.ids` });
    const sources = { Date: ["now"], Math: ["random"], performance: ["now"], crypto: ["randomUUID"] };
    return {
      MemberExpression(node) {
        const object = node.object.name;
        if (Object.hasOwn(sources, object ?? "") && sources[object].includes(node.property.name)) {
          report(node, `${object}.${node.property.name}`);
        }
      },
      NewExpression(node) {
        if (node.callee.name === "Date" && node.arguments.length === 0) report(node, "new Date()");
      },
    };
  },
};

export default {
  meta: { name: "house" },
  rules: { layers: layersRule, "env-is-injected": envRule, "time-is-injected": ambientRule },
};
