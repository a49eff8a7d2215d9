// Prints as JSON what would not be shown whole where this is the host. A program of its own: its types are those of the Worker, which the
// programs that ask for it do not have.
import { screenBreaks } from "./walk.ts";

const [host] = process.argv.slice(2);
if (host === undefined) throw new Error("usage: measure.ts <host>");
console.log(JSON.stringify(screenBreaks(host)));
