// What the stack hands to every test file; see TestStackPorts in dev/stack.ts.
declare module "vitest" {
  interface ProvidedContext {
    controlPort: number;
    neonPort: number;
    redisPort: number;
    redisKind: "server" | "embedded";
    embeddedRedisPort: number;
  }
}

export {};
